import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { readSearch } from '@libs/contracts';
import { SimilarityIndex } from '@libs/domain';
import { Access } from '@libs/platform';
import { takeBody } from '../http/body/body-parser';
import { metadataBody, type MetadataBody } from './metadata-body';

/** Answer to a search. */
export interface SearchBody {
  readonly items: readonly NeighbourBody[];
  readonly scanned: number;
  readonly exhaustive: boolean;
  readonly asOf: string;
}

interface NeighbourBody extends MetadataBody {
  readonly score: number;
}

@Controller()
export class SearchController {
  constructor(private readonly similar: SimilarityIndex) {}

  @Post('v1/metadata/search')
  @Access('read')
  @HttpCode(200)
  async search(@Req() request: FastifyRequest): Promise<SearchBody> {
    const query = readSearch(takeBody(request));
    const answer = await this.similar.nearest(query, request.caller);
    return {
      items: answer.neighbours.map(({ score, metadata }) => ({ score, ...metadataBody(metadata) })),
      scanned: answer.scanned,
      exhaustive: answer.exhaustive,
      asOf: answer.asOf.toISOString(),
    };
  }
}
