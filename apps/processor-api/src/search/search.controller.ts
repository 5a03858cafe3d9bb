import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readSearch } from '@libs/contracts';
import { SimilarityIndex } from '@libs/domain';
import { Access } from '@libs/platform';
import { BodyReader } from '../http/body/body-reader';
import { JSON_TYPE, mediaTypeOf, unsupportedMediaType } from '../http/body/content-headers';
import { metadataBody, type MetadataBody } from '../reads/metadata-body';

/** Answer to a search. */
export interface SearchBody {
  readonly items: readonly NeighbourBody[];
  readonly scanned: number;
  readonly exhaustive: boolean;
  /** How much of the database was there to be compared. */
  readonly index: { readonly loaded: boolean; readonly vectors: number; readonly documents: number };
  readonly asOf: string;
}

interface NeighbourBody extends MetadataBody {
  readonly score: number;
}

@Controller()
export class SearchController {
  constructor(
    private readonly similar: SimilarityIndex,
    private readonly bodies: BodyReader,
  ) {}

  @Post('v1/metadata/search')
  @Access('read')
  @HttpCode(200)
  async search(@Req() request: FastifyRequest): Promise<SearchBody> {
    if (mediaTypeOf(request.headers['content-type']) !== JSON_TYPE) throw unsupportedMediaType(JSON_TYPE);
    const query = readSearch(await this.bodies.read(request.raw));
    const answer = await this.similar.nearest(query, request.caller);
    const { isLoaded: loaded, vectors, documents } = answer.index;
    return {
      items: answer.neighbours.map(({ score, metadata }) => ({ score, ...metadataBody(metadata) })),
      scanned: answer.scanned,
      exhaustive: answer.exhaustive,
      index: { loaded, vectors, documents },
      asOf: answer.asOf.toISOString(),
    };
  }
}
