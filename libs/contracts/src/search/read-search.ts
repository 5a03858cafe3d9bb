import { Allow } from 'class-validator';
import type { SimilarityQuery } from '@libs/domain';
import { readEmbedding } from '../gpu-metadata/embedding';
import { parseEmbeddingDocument } from '../gpu-metadata/embedding-document';
import { LIMITS } from '../gpu-metadata/limits';
import { CaptureFilterDto, captureFilterOf } from '../reads/capture-filter';
import { validateDto } from '../validation/dto-validator';
import { Integer, Nested, Optional, Text } from '../validation/rules';
import { expectObject, Violations } from '../validation/violations';

/** How many neighbours a search answers, at most and where it does not say. */
export const SEARCH_LIMITS = { neighbours: 100, defaultNeighbours: 10 } as const;

/** `filter` of a search. */
class SearchFilterDto extends CaptureFilterDto {
  @Optional()
  @Text(0, LIMITS.tagCharacters)
  tag?: string;
}

/** The body of POST /v1/metadata/search. */
export class SearchDto {
  /** Of any type here: the vector is read in one loop (embedding.ts). */
  @Allow()
  embedding?: unknown;

  @Optional()
  @Integer(1, SEARCH_LIMITS.neighbours)
  k?: number;

  @Optional()
  @Nested(SearchFilterDto)
  filter?: SearchFilterDto;
}

/**
 * Reads the JSON body of POST /v1/metadata/search; all its faults are reported together.
 *
 * @throws InvalidMetadata, InvalidJson; PipelineError `invalid_encoding`, `nesting_too_deep`
 */
export function readSearch(bytes: Buffer): SimilarityQuery {
  const violations = new Violations();
  const body = parseEmbeddingDocument(bytes);
  expectObject(body, violations);
  const dto = validateDto(SearchDto, body, violations);
  const vector = readEmbedding(body.embedding, '/embedding', violations.add);
  if (vector?.every((value) => value === 0)) {
    violations.add('/embedding', 'no_direction', 'must not be all zeros: that is near to nothing');
  }
  violations.throwIfAny();
  return {
    embedding: vector!,
    k: dto.k ?? SEARCH_LIMITS.defaultNeighbours,
    filter: captureFilterOf(dto.filter ?? {}),
  };
}
