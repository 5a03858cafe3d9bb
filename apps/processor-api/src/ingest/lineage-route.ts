import type { GPU_METRICS, TOKEN_USAGE } from '@libs/contracts';
import type { Clock, IngestLineage } from '@libs/domain';
import type { BodyReader } from '../http/body/body-reader';
import { bodyFormatOf } from '../http/body/media-type';
import type { Answer, Exchange } from '../http/exchange';
import type { RecordRoute } from '../http/record-routes';
import { receiptBody } from './receipt';
import { idempotencyKeyOf, publishContextOf } from './request-context';

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
    private readonly parts: {
      readonly reader: BodyReader;
      readonly ingest: IngestLineage;
      readonly clock: Clock;
    },
  ) {}

  get paths(): readonly string[] {
    return this.topic.paths;
  }

  async answer(exchange: Exchange): Promise<Answer> {
    const { reader, ingest, clock } = this.parts;
    const format = bodyFormatOf(exchange.mediaType);
    const bytes = await reader.read(exchange.raw);
    const idempotencyKey = idempotencyKeyOf(exchange);
    const submission = this.topic.contract.read(bytes, { now: clock.now(), format, idempotencyKey });
    exchange.outcome.eventId = submission.event.id;
    const { id, position, acceptedAt } = await ingest.execute(
      submission,
      exchange.caller,
      publishContextOf(exchange),
    );
    return { status: 202, body: { id, ...receiptBody(position, acceptedAt) } };
  }
}
