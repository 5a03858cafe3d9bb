import { InvalidJson, readSubmission } from '@libs/contracts';
import type { Clock, IngestMetadata, MetadataSubmission } from '@libs/domain';
import type { BodyReader } from '../http/body/body-reader';
import { bodyFormatOf, NDJSON_TYPES } from '../http/body/media-type';
import type { Answer, Exchange } from '../http/exchange';
import type { RecordRoute } from '../http/record-routes';
import { receiptBody } from './receipt';
import { RECORD_PATHS } from './record-paths';
import { idempotencyKeyOf, publishContextOf } from './request-context';

const NDJSON_ADVICE = `send NDJSON, one record a line, as ${NDJSON_TYPES[0]} to ${RECORD_PATHS.batch[0]}`;

/** Accepts one event. */
export class MetadataRoute implements RecordRoute {
  readonly paths = RECORD_PATHS.metadata;
  readonly access = 'ingest';

  constructor(
    private readonly reader: BodyReader,
    private readonly ingest: IngestMetadata,
    private readonly clock: Clock,
  ) {}

  async answer(exchange: Exchange): Promise<Answer> {
    const submission = await this.submissionOf(exchange);
    if (submission.eventId !== null) exchange.outcome.eventId = submission.eventId;
    const context = publishContextOf(exchange);
    const { eventId, position, acceptedAt } = await this.ingest.execute(submission, exchange.caller, context);
    exchange.outcome.eventId = eventId;
    return {
      status: 202,
      headers: { location: `/v1/metadata/${eventId}` },
      body: { eventId, ...receiptBody(position, acceptedAt) },
    };
  }

  private async submissionOf(exchange: Exchange): Promise<MetadataSubmission> {
    const format = bodyFormatOf(exchange.mediaType);
    const bytes = await this.reader.read(exchange.raw);
    const idempotencyKey = idempotencyKeyOf(exchange);
    try {
      return readSubmission(bytes, { now: this.clock.now(), format, idempotencyKey });
    } catch (error) {
      throw error instanceof InvalidJson && error.mayBeNdjson ? error.withAdvice(NDJSON_ADVICE) : error;
    }
  }
}
