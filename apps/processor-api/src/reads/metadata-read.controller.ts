import { setImmediate as nextTurn } from 'node:timers/promises';
import { Controller, Get, Header, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { encodeCursor, parseDocumentQuery, parsePageQuery, type PageQuery } from '@libs/contracts';
import { MetadataReader, PipelineError, type Reader } from '@libs/domain';
import { Access } from '@libs/platform';
import { detailFor, metadataBody, type MetadataBody } from './metadata-body';
import { VectorAnswers } from './vector-answers';

@Controller('v1/metadata')
export class MetadataReadController {
  constructor(
    private readonly reader: MetadataReader,
    private readonly answers: VectorAnswers,
  ) {}

  @Get()
  @Access('read')
  @Header('content-type', 'application/json; charset=utf-8')
  page(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<Buffer> {
    const query = parsePageQuery(request.url);
    const make = (): Promise<Buffer> => this.pageBody(query, request.caller);
    return query.embedding ? this.answers.make(request, reply, make) : make();
  }

  private async pageBody({ filter, limit, after, embedding }: PageQuery, caller: Reader): Promise<Buffer> {
    const detail = detailFor(embedding);
    const { items, next } = await this.reader.page({ filter, limit, after, detail }, caller);
    const texts: string[] = [];
    for (const item of items) {
      texts.push(JSON.stringify(metadataBody(item, embedding)));
      // Eight thousand numbers take a millisecond: requests that write have their turn in between.
      if (embedding) await nextTurn();
    }
    const nextCursor = next ? encodeCursor(next, filter) : null;
    return Buffer.from(`{"items":[${texts.join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}`);
  }

  @Get(':eventId')
  @Access('read')
  async one(@Param('eventId') name: string, @Req() request: FastifyRequest): Promise<MetadataBody> {
    const { eventId, embedding } = parseDocumentQuery(name, request.url);
    request.outcome.eventId = eventId;
    const found = await this.reader.byId(eventId, detailFor(embedding), request.caller);
    if (!found) throw new PipelineError('not_found', 'there is no document of this event, or not yet');
    return metadataBody(found, embedding);
  }
}
