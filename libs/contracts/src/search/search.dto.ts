import { Allow } from 'class-validator';
import { LIMITS } from '../gpu-metadata/limits';
import { CaptureFilterDto } from '../reads/capture-filter.dto';
import { Integer, Nested, Optional, Text } from '../validation/rules';
import { SEARCH_LIMITS } from './limits';

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
