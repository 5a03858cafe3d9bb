import type { MetadataFilter, SimilarityQuery } from '@libs/domain';
import { readEmbedding } from '../gpu-metadata/embedding';
import { validateDto } from '../validation/dto-validator';
import { parseJsonDocument } from '../validation/json-document';
import { parseTimestamp } from '../validation/timestamp';
import { isJsonObject, shapeOf, Violations } from '../validation/violations';
import { SEARCH_LIMITS } from './limits';
import { SearchDto, type SearchFilterDto } from './search.dto';

/**
 * Reads the body of POST /v1/metadata/search; all faults of a body are reported together.
 *
 * @throws PipelineError `invalid_encoding`, `nesting_too_deep`, `invalid_json`; InvalidMetadata
 */
export function parseSearch(bytes: Buffer): SimilarityQuery {
  return readSearch(parseJsonDocument(bytes));
}

/** The same for a body that is parsed already; @throws InvalidMetadata */
export function readSearch(body: unknown): SimilarityQuery {
  const violations = new Violations();
  if (!isJsonObject(body)) {
    violations.add('', 'wrong_type', `must be an object; got ${shapeOf(body)}`);
    violations.throwIfAny();
    throw new Error('a body that is no object was reported');
  }
  const { embedding, ...rest } = body;
  const dto = validateDto(SearchDto, rest, violations);
  const vector = readEmbedding(embedding, '/embedding', violations.add);
  if (vector?.every((value) => value === 0)) {
    violations.add('/embedding', 'no_direction', 'must not be all zeros: that is near to nothing');
  }
  violations.throwIfAny();
  return {
    embedding: vector!,
    k: dto.k ?? SEARCH_LIMITS.defaultNeighbours,
    filter: filterOf(dto.filter ?? {}),
  };
}

function filterOf({ model, deviceName, tag, from, to }: SearchFilterDto): MetadataFilter {
  return {
    ...(model !== undefined && { model }),
    ...(deviceName !== undefined && { deviceName }),
    ...(tag !== undefined && { tag }),
    ...(from !== undefined && { from: parseTimestamp(from)! }),
    ...(to !== undefined && { to: parseTimestamp(to)! }),
  };
}
