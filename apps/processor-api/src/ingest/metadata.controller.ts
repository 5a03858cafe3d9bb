import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseEmbeddingDocument, parseSubmission } from '@libs/contracts';
import { Clock, IngestMetadata, type Receipt } from '@libs/domain';
import { takeDocument, TakesMsgpack } from '../http/body/body-parsers';
import { receiptBody, type ReceiptBody } from './receipt';
import { publishContextOf, singleHeader } from './request-context';

/** Answer to an accepted event. */
export interface MetadataReceiptBody extends ReceiptBody {
  readonly eventId: string;
}

@Controller()
export class MetadataController {
  constructor(
    private readonly ingest: IngestMetadata,
    private readonly clock: Clock,
  ) {}

  @Post(['v1/metadata', 'metadata'])
  @HttpCode(202)
  @TakesMsgpack()
  async accept(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MetadataReceiptBody> {
    const { eventId, position, acceptedAt } = await this.ingestBody(request);
    request.outcome.eventId = eventId;
    void reply.header('location', `/v1/metadata/${eventId}`);
    return { eventId, ...receiptBody(position, acceptedAt) };
  }

  /** Not async: its frame would hold body and vector for as long as the record waits for Kafka. */
  private ingestBody(request: FastifyRequest): Promise<Receipt> {
    const submission = parseSubmission(takeDocument(request, parseEmbeddingDocument), {
      now: this.clock.now(),
      idempotencyKey: singleHeader(request, 'idempotency-key'),
    });
    if (submission.eventId !== null) request.outcome.eventId = submission.eventId;
    return this.ingest.execute(submission, request.caller, publishContextOf(request));
  }
}
