import { InvalidJson, parseEmbeddingDocument, parseSubmission } from '@libs/contracts';
import type { Clock, IngestMetadata, MetadataSubmission, Receipt } from '@libs/domain';
import type { BodyReader } from '../http/body/body-reader';
import { NDJSON_TYPES } from '../http/body/media-type';
import { parserFor } from '../http/body/read-document';
import type { Answer, Exchange } from '../http/exchange';
import type { RecordRoute } from '../http/record-routes';
import { receiptBody } from './receipt';
import { RECORD_PATHS } from './record-paths';
import { idempotencyKeyOf, publishContextOf } from './request-context';

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
    const { eventId, position, acceptedAt } = await this.receiptFor(exchange);
    exchange.outcome.eventId = eventId;
    return {
      status: 202,
      headers: { location: `/v1/metadata/${eventId}` },
      body: { eventId, ...receiptBody(position, acceptedAt) },
    };
  }

  /** Not async: its frame would hold the vector for as long as the record waits for Kafka. */
  private receiptFor(exchange: Exchange): Promise<Receipt> {
    return this.submissionOf(exchange).then((submission) => {
      if (submission.eventId !== null) exchange.outcome.eventId = submission.eventId;
      return this.ingest.execute(submission, exchange.caller, publishContextOf(exchange));
    });
  }

  private async submissionOf(exchange: Exchange): Promise<MetadataSubmission> {
    const parse = parserFor(exchange, parseOne);
    const bytes = await this.reader.read(exchange.raw);
    // In one turn: the document's vector lies in memory that the next document is read into.
    return parseSubmission(parse(bytes), {
      now: this.clock.now(),
      idempotencyKey: idempotencyKeyOf(exchange),
    });
  }
}

/** Many records on lines of their own are told where they belong. */
function parseOne(bytes: Buffer): unknown {
  try {
    return parseEmbeddingDocument(bytes);
  } catch (error) {
    if (!(error instanceof InvalidJson) || !error.mayBeNdjson) throw error;
    throw error.withAdvice(
      `send NDJSON, one record a line, as ${NDJSON_TYPES[0]} to ${RECORD_PATHS.batch[0]}`,
    );
  }
}
