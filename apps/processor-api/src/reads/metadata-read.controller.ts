import { setImmediate as nextTurn } from 'node:timers/promises';
import { Controller, Get, Header, Param, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { encodeCursor, parseDocumentQuery, parsePageQuery } from '@libs/contracts';
import { MetadataReader, PipelineError } from '@libs/domain';
import { Access } from '@libs/platform';
import { detailFor, metadataBody, type MetadataBody } from './metadata-body';

@Controller('v1/metadata')
export class MetadataReadController {
  constructor(private readonly reader: MetadataReader) {}

  @Get()
  @Access('read')
  @Header('content-type', 'application/json; charset=utf-8')
  async page(@Req() request: FastifyRequest): Promise<Buffer> {
    const { filter, limit, after, embedding } = parsePageQuery(request.url);
    const detail = detailFor(embedding);
    const { items, next } = await this.reader.page({ filter, limit, after, detail }, request.caller);
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
