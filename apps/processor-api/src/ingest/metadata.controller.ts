import { Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseSubmission, SUBMISSION_SCHEMA } from '@libs/contracts';
import { Clock, IngestMetadata, PipelineError, type Receipt } from '@libs/domain';
import { PROBLEM_RESPONSES, RECEIPT_SCHEMA } from '../http/openapi';

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Answer to an accepted event. */
export interface ReceiptBody {
  readonly eventId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly acceptedAt: string;
}

@ApiTags('metadata')
@Controller()
export class MetadataController {
  constructor(
    private readonly ingest: IngestMetadata,
    private readonly clock: Clock,
  ) {}

  @Post(['v1/metadata', 'metadata'])
  @HttpCode(202)
  @ApiOperation({ summary: 'Accept one embedding with the hardware that computed it' })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'The eventId, where the body has none',
  })
  @ApiBody({ schema: SUBMISSION_SCHEMA as never })
  @ApiResponse({ status: 202, description: 'On the in-sync replicas of Kafka', schema: RECEIPT_SCHEMA })
  @PROBLEM_RESPONSES
  async accept(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReceiptBody> {
    const { eventId, position, acceptedAt } = await this.ingestBody(request);
    request.outcome.eventId = eventId;
    void reply.header('location', `/v1/metadata/${eventId}`);
    return {
      eventId,
      topic: position.topic,
      partition: position.partition,
      offset: Number(position.offset),
      acceptedAt: acceptedAt.toISOString(),
    };
  }

  /** Not async: its frame would hold body and vector for as long as the record waits for Kafka. */
  private ingestBody(request: FastifyRequest): Promise<Receipt> {
    const submission = parseSubmission(bodyOf(request), {
      now: this.clock.now(),
      idempotencyKey: singleHeader(request, 'idempotency-key'),
    });
    if (submission.eventId !== null) request.outcome.eventId = submission.eventId;
    const traceparent = singleHeader(request, 'traceparent') ?? '';
    const context = TRACEPARENT.test(traceparent) ? { traceparent } : {};
    return this.ingest.execute(submission, request.caller, context);
  }
}

/** Takes the body out of the request, which lives as long as the record waits for Kafka. */
function bodyOf(request: FastifyRequest): Buffer {
  const { body } = request;
  request.body = undefined;
  if (body instanceof Buffer) return body;
  throw new PipelineError('unsupported_media_type', 'Content-Type must be application/json');
}

function singleHeader(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
