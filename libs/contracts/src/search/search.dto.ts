import { LIMITS } from '../gpu-metadata/limits';
import { Integer, Nested, Optional, Text, TextLike } from '../validation/rules';
import { isTimestamp, TIMESTAMP_TEXT } from '../validation/timestamp';
import { SEARCH_LIMITS } from './limits';

/** `filter` of a search. */
export class SearchFilterDto {
  @Optional()
  @Text(1, LIMITS.modelCharacters)
  model?: string;

  @Optional()
  @Text(1, LIMITS.deviceNameCharacters)
  deviceName?: string;

  @Optional()
  @Text(0, LIMITS.tagCharacters)
  tag?: string;

  @Optional()
  @TextLike(isTimestamp, TIMESTAMP_TEXT)
  from?: string;

  @Optional()
  @TextLike(isTimestamp, TIMESTAMP_TEXT)
  to?: string;
}

/** The body of POST /v1/metadata/search without its vector, which is detached and read in one loop. */
export class SearchDto {
  @Optional()
  @Integer(1, SEARCH_LIMITS.neighbours)
  k?: number;

  @Optional()
  @Nested(SearchFilterDto)
  filter?: SearchFilterDto;
}
