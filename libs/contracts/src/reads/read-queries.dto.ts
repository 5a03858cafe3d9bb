import { LIMITS } from '../gpu-metadata/limits';
import { IntegerText, OneOf, Optional, Text, TextLike } from '../validation/rules';
import { isTimestamp, TIMESTAMP_TEXT } from '../validation/timestamp';
import { READ_LIMITS } from './limits';

/** How an embedding is written: JSON numbers, or the packed form of a submission. */
export const EMBEDDING_FORMS = ['packed', 'array'] as const;
export type EmbeddingForm = (typeof EMBEDDING_FORMS)[number];

/** The parameters of GET /v1/metadata/{eventId}. */
export class DocumentQueryDto {
  @Optional()
  @OneOf(['embedding'])
  include?: string;

  @Optional()
  @OneOf(EMBEDDING_FORMS)
  as?: EmbeddingForm;
}

/** The parameters of GET /v1/metadata. */
export class PageQueryDto extends DocumentQueryDto {
  @Optional()
  @Text(1, LIMITS.modelCharacters)
  model?: string;

  @Optional()
  @Text(1, LIMITS.deviceNameCharacters)
  deviceName?: string;

  @Optional()
  @Text(1, LIMITS.tagCharacters)
  tag?: string;

  @Optional()
  @TextLike(isTimestamp, TIMESTAMP_TEXT)
  from?: string;

  @Optional()
  @TextLike(isTimestamp, TIMESTAMP_TEXT)
  to?: string;

  @Optional()
  @IntegerText(1, READ_LIMITS.pageItems)
  limit?: string;

  @Optional()
  @Text(1, READ_LIMITS.cursorCharacters)
  cursor?: string;
}

/** The parameters of GET /v1/metadata/stats. */
export class StatsQueryDto {
  @Optional()
  @Text(1, LIMITS.modelCharacters)
  model?: string;

  @Optional()
  @Text(1, LIMITS.deviceNameCharacters)
  deviceName?: string;

  @Optional()
  @TextLike(isTimestamp, TIMESTAMP_TEXT)
  from?: string;

  @Optional()
  @TextLike(isTimestamp, TIMESTAMP_TEXT)
  to?: string;
}
