import { Controller, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PipelineError } from '@libs/domain';
import { TakesRecords } from '../http/body/body-parsers';
import { BatchReader } from './batch-reader';
import type { BatchResult } from './batch-result';
import { publishContextOf } from './request-context';

@Controller()
export class BatchController {
  constructor(private readonly reader: BatchReader) {}

  @Post(['v1/metadata/batch', 'metadata/batch'])
  @TakesRecords()
  async accept(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<{ readonly results: readonly BatchResult[] }> {
    if (request.headers['idempotency-key'] !== undefined) {
      throw new PipelineError('event_id_on_batch', 'give each record an eventId in place of Idempotency-Key');
    }
    const sender = { caller: request.caller, context: publishContextOf(request) };
    const results = await this.reader.read(request, sender);
    const refused = results.filter(({ status }) => status !== 202);
    request.outcome.records = { accepted: results.length - refused.length, refused: refused.length };
    const waits = refused.flatMap(({ retryAfter }) => retryAfter ?? []);
    if (waits.length > 0) void reply.header('retry-after', String(Math.max(...waits)));
    // The rest of a body that stopped can no longer be told from a next request.
    if (refused.at(-1)?.status === 408) void reply.header('connection', 'close');
    void reply.status(refused.length === 0 ? 202 : 207);
    return { results };
  }
}
