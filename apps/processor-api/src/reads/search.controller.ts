import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { parseSearch } from '@libs/contracts';
import { PipelineError, SimilarityIndex } from '@libs/domain';
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

@ApiTags('reads')
@Controller()
export class SearchController {
  constructor(private readonly similar: SimilarityIndex) {}

  @Post('v1/metadata/search')
  @HttpCode(200)
  @ApiOperation({ summary: 'Find the records whose embeddings point the same way' })
  async search(@Req() request: FastifyRequest): Promise<SearchBody> {
    const answer = await this.similar.nearest(parseSearch(bodyOf(request)));
    return {
      items: answer.neighbours.map(({ score, metadata }) => ({ score, ...metadataBody(metadata) })),
      scanned: answer.scanned,
      exhaustive: answer.exhaustive,
      asOf: answer.asOf.toISOString(),
    };
  }
}

function bodyOf({ body }: FastifyRequest): Buffer {
  if (body instanceof Buffer) return body;
  throw new PipelineError('unsupported_media_type', 'Content-Type must be application/json');
}
