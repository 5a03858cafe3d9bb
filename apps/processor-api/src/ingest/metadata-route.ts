import { Injectable } from '@nestjs/common';
import { InvalidJson, readSubmission } from '@libs/contracts';
import { Clock, IngestMetadata, type MetadataSubmission, type Receipt } from '@libs/domain';
import { BodyReader } from '../http/body/body-reader';
import { mediaTypeOf, bodyFormatOf, NDJSON_TYPES } from '../http/body/content-headers';
import type { Answer, RecordRoute } from '../http/record-server';
import type { RequestInfo } from '../http/request-info';
import { idempotencyKeyOf, publishContextOf, receiptBody, RECORD_PATHS } from './record-routes';

const NDJSON_ADVICE = `send NDJSON, one record a line, as ${NDJSON_TYPES[0]} to ${RECORD_PATHS.batch[0]}`;

/** Accepts one event. */
@Injectable()
export class MetadataRoute implements RecordRoute {
  readonly paths = RECORD_PATHS.metadata;
  readonly access = 'ingest';

  constructor(
    private readonly reader: BodyReader,
    private readonly ingest: IngestMetadata,
    private readonly clock: Clock,
  ) {}

  async answer(request: RequestInfo): Promise<Answer> {
    const { eventId, position, acceptedAt } = await this.receiptFor(request);
    request.outcome.eventId = eventId;
    return {
      status: 202,
      headers: { location: `/v1/metadata/${eventId}` },
      body: { eventId, ...receiptBody(position, acceptedAt) },
    };
  }

  /** Not async: its frame would hold the body for as long as the record waits for Kafka (docs/adr/0009). */
  private receiptFor(request: RequestInfo): Promise<Receipt> {
    return this.submissionOf(request).then((submission) => {
      if (submission.eventId !== null) request.outcome.eventId = submission.eventId;
      return this.ingest.execute(submission, request.caller, publishContextOf(request));
    });
  }

  private async submissionOf(request: RequestInfo): Promise<MetadataSubmission> {
    const format = bodyFormatOf(mediaTypeOf(request.headers['content-type']));
    const bytes = await this.reader.read(request.raw);
    const idempotencyKey = idempotencyKeyOf(request);
    try {
      return readSubmission(bytes, { now: this.clock.now(), format, idempotencyKey });
    } catch (error) {
      throw error instanceof InvalidJson && error.mayBeNdjson ? error.withAdvice(NDJSON_ADVICE) : error;
    }
  }
}
