import { HOUR_MS } from '@libs/domain';
import { LIMITS } from '../gpu-metadata/limits';
import { IntegerText, OneOf, Optional, Text } from '../validation/rules';
import { CaptureFilterDto } from './capture-filter';

/** Every limit of the read routes, in items, characters or milliseconds. */
export const READ_LIMITS = {
  pageItems: 200,
  defaultPageItems: 50,
  /** With vectors, a page of the longest is 11 MB as numbers. */
  pageItemsWithEmbeddings: 50,
  cursorCharacters: 64,
  statsMs: 31 * 24 * HOUR_MS,
  defaultStatsMs: 24 * HOUR_MS,
  statsItems: 10_000,
} as const;

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
export class PageQueryDto extends CaptureFilterDto {
  @Optional()
  @OneOf(['embedding'])
  include?: string;

  @Optional()
  @OneOf(EMBEDDING_FORMS)
  as?: EmbeddingForm;

  @Optional()
  @Text(1, LIMITS.tagCharacters)
  tag?: string;

  @Optional()
  @IntegerText(1, READ_LIMITS.pageItems)
  limit?: string;

  @Optional()
  @Text(1, READ_LIMITS.cursorCharacters)
  cursor?: string;
}
