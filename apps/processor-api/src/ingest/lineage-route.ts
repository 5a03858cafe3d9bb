import { Injectable } from '@nestjs/common';
import { GPU_METRICS, TOKEN_USAGE } from '@libs/contracts';
import { Clock, IngestLineage } from '@libs/domain';
import { BodyReader } from '../http/body/body-reader';
import { mediaTypeOf, bodyFormatOf } from '../http/body/content-headers';
import type { Answer, RecordRoute } from '../http/record-server';
import type { RequestInfo } from '../http/request-info';
import { idempotencyKeyOf, publishContextOf, receiptBody, RECORD_PATHS } from './record-routes';

/** Accepts one event of a topic; the `id` of the answer is its identity among those of its key, and the record's key. */
@Injectable()
abstract class LineageRoute implements RecordRoute {
  abstract readonly paths: readonly string[];
  protected abstract readonly contract: Pick<typeof GPU_METRICS | typeof TOKEN_USAGE, 'read'>;
  readonly access = 'ingest';

  constructor(
    private readonly reader: BodyReader,
    private readonly ingest: IngestLineage,
    private readonly clock: Clock,
  ) {}

  async answer(request: RequestInfo): Promise<Answer> {
    const format = bodyFormatOf(mediaTypeOf(request.headers['content-type']));
    const bytes = await this.reader.read(request.raw);
    const idempotencyKey = idempotencyKeyOf(request);
    const submission = this.contract.read(bytes, { now: this.clock.now(), format, idempotencyKey });
    request.outcome.eventId = submission.event.id;
    const { id, position, acceptedAt } = await this.ingest.execute(
      submission,
      request.caller,
      publishContextOf(request),
    );
    return { status: 202, body: { id, ...receiptBody(position, acceptedAt) } };
  }
}

/** Accepts one reading of GPUs. */
@Injectable()
export class GpuMetricsRoute extends LineageRoute {
  readonly paths = RECORD_PATHS.gpuMetrics;
  protected readonly contract = GPU_METRICS;
}

/** Accepts one usage of tokens. */
@Injectable()
export class TokenUsageRoute extends LineageRoute {
  readonly paths = RECORD_PATHS.tokenUsage;
  protected readonly contract = TOKEN_USAGE;
}
