import type { GPU_METRICS, TOKEN_USAGE } from '@libs/contracts';
import type { Clock, IngestLineage } from '@libs/domain';
import type { BodyReader } from '../http/body/body-reader';
import { mediaTypeOf, bodyFormatOf } from '../http/body/content-headers';
import type { Answer, RecordRoute } from '../http/record-server';
import type { RequestInfo } from '../http/request-info';
import { idempotencyKeyOf, publishContextOf, receiptBody } from './record-routes';

/** What the events of one topic are, and where they are POSTed. */
export interface LineageTopic {
  readonly paths: readonly string[];
  readonly contract: Pick<typeof GPU_METRICS | typeof TOKEN_USAGE, 'read'>;
}

/** Accepts one reading or usage; the `id` of the answer is its identity among those of its key, and the record's key. */
export class LineageRoute implements RecordRoute {
  readonly access = 'ingest';

  constructor(
    private readonly topic: LineageTopic,
    private readonly deps: {
      readonly reader: BodyReader;
      readonly ingest: IngestLineage;
      readonly clock: Clock;
    },
  ) {}

  get paths(): readonly string[] {
    return this.topic.paths;
  }

  async answer(request: RequestInfo): Promise<Answer> {
    const { reader, ingest, clock } = this.deps;
    const format = bodyFormatOf(mediaTypeOf(request.headers['content-type']));
    const bytes = await reader.read(request.raw);
    const idempotencyKey = idempotencyKeyOf(request);
    const submission = this.topic.contract.read(bytes, { now: clock.now(), format, idempotencyKey });
    request.outcome.eventId = submission.event.id;
    const { id, position, acceptedAt } = await ingest.execute(
      submission,
      request.caller,
      publishContextOf(request),
    );
    return { status: 202, body: { id, ...receiptBody(position, acceptedAt) } };
  }
}
