import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { GPU_METRICS, TOKEN_USAGE } from '@libs/contracts';
import { Clock, IngestLineage, type LineageSubmission } from '@libs/domain';
import { takeDocument, TakesMsgpack } from '../http/body/body-parsers';
import { receiptBody, type ReceiptBody } from './receipt';
import { publishContextOf, singleHeader } from './request-context';

/** Answer to an accepted reading or usage; `id` is its identity, the key of its record and of its document. */
interface LineageReceiptBody extends ReceiptBody {
  readonly id: string;
}

@Controller('v1')
export class LineageController {
  constructor(
    private readonly ingest: IngestLineage,
    private readonly clock: Clock,
  ) {}

  @Post('gpu-metrics')
  @HttpCode(202)
  @TakesMsgpack()
  acceptMetrics(@Req() request: FastifyRequest): Promise<LineageReceiptBody> {
    return this.accept(request, GPU_METRICS.parse(takeDocument(request), { now: this.clock.now() }));
  }

  @Post('token-usage')
  @HttpCode(202)
  @TakesMsgpack()
  acceptUsage(@Req() request: FastifyRequest): Promise<LineageReceiptBody> {
    const idempotencyKey = singleHeader(request, 'idempotency-key');
    const context = { now: this.clock.now(), idempotencyKey };
    return this.accept(request, TOKEN_USAGE.parse(takeDocument(request), context));
  }

  private async accept(request: FastifyRequest, submission: LineageSubmission): Promise<LineageReceiptBody> {
    request.outcome.eventId = submission.event.id;
    const { id, position, acceptedAt } = await this.ingest.execute(submission, publishContextOf(request));
    return { id, ...receiptBody(position, acceptedAt) };
  }
}
