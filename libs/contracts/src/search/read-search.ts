import type { SimilarityQuery } from '@libs/domain';
import { readEmbedding } from '../gpu-metadata/embedding';
import { parseEmbeddingDocument } from '../gpu-metadata/embedding-document';
import { captureFilterOf } from '../reads/capture-filter';
import { validateDto } from '../validation/dto-validator';
import { isJsonObject, shapeOf, Violations } from '../validation/violations';
import { SEARCH_LIMITS } from './limits';
import { SearchDto } from './search.dto';

/**
 * Reads the JSON body of POST /v1/metadata/search; all its faults are reported together.
 *
 * @throws InvalidMetadata, InvalidJson; PipelineError `invalid_encoding`, `nesting_too_deep`
 */
export function readSearch(bytes: Buffer): SimilarityQuery {
  const violations = new Violations();
  const body = parseEmbeddingDocument(bytes);
  if (!isJsonObject(body)) {
    violations.add('', 'wrong_type', `must be an object; got ${shapeOf(body)}`);
    violations.throwIfAny();
    throw new Error('a body that is no object was reported');
  }
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
