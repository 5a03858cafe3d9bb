import type { CapturePosition, MetadataFilter } from '@libs/domain';
import { HOUR_MS, isEventId } from '@libs/domain';
import { validateDto } from '../validation/dto-validator';
import { childPointer, Violations } from '../validation/violations';
import { CaptureFilterDto, captureFilterOf } from './capture-filter';
import { decodeCursor } from './page-cursor';
import { readQueryString } from './query-string';
import { DocumentQueryDto, PageQueryDto, READ_LIMITS, type EmbeddingForm } from './read-queries.dto';

export interface DocumentQuery {
  /** In lower case. */
  readonly eventId: string;
  /** How to answer the vector; undefined: leave it out. */
  readonly embedding: EmbeddingForm | undefined;
}

export interface PageQuery {
  readonly filter: MetadataFilter;
  readonly limit: number;
  readonly after: CapturePosition | undefined;
  readonly embedding: EmbeddingForm | undefined;
}

export interface StatsQuery {
  readonly from: Date;
  readonly to: Date;
  readonly filter: Pick<MetadataFilter, 'model' | 'deviceName'>;
}

/** Reads GET /v1/metadata/{eventId}; @throws InvalidMetadata, PipelineError `invalid_request` */
export function parseDocumentQuery(eventId: string, target: string): DocumentQuery {
  const violations = new Violations();
  const query = validateDto(DocumentQueryDto, readQueryString(target, violations), violations);
  if (!isEventId(eventId)) {
    violations.add('/eventId', 'invalid_format', 'must be an RFC 9562 UUID of version 1 to 8');
  }
  const embedding = embeddingOf(query, violations);
  violations.throwIfAny();
  return { eventId: eventId.toLowerCase(), embedding };
}

/** Reads GET /v1/metadata; @throws InvalidMetadata, PipelineError `invalid_request` */
export function parsePageQuery(target: string): PageQuery {
  const violations = new Violations();
  const query = validateDto(PageQueryDto, readQueryString(target, violations), violations);
  const embedding = embeddingOf(query, violations);
  const limit = Number(query.limit ?? READ_LIMITS.defaultPageItems);
  const most = READ_LIMITS.pageItemsWithEmbeddings;
  if (embedding && limit > most && limit <= READ_LIMITS.pageItems) {
    violations.add('/limit', 'out_of_range', `must be from 1 to ${most} with embeddings`);
  }
  const filter = captureFilterOf(query);
  checkOrder(filter, violations);
  // What the cursor is held against would be wrong itself.
  violations.throwIfAny();
  const after = query.cursor === undefined ? undefined : decodeCursor(query.cursor, filter);
  if (query.cursor !== undefined && !after) {
    violations.add('/cursor', 'invalid_value', 'must be a nextCursor that was answered for this filter');
  }
  violations.throwIfAny();
  return { filter, limit, after, embedding };
}

/**
 * Reads GET /v1/metadata/stats: without `to` until now, without `from` the 24 hours before.
 *
 * @throws InvalidMetadata, PipelineError `invalid_request`
 */
export function parseStatsQuery(target: string, now: Date): StatsQuery {
  const violations = new Violations();
  const query = validateDto(CaptureFilterDto, readQueryString(target, violations), violations);
  const { from: givenFrom, to = now, ...filter } = captureFilterOf(query);
  const from = givenFrom ?? new Date(to.getTime() - READ_LIMITS.defaultStatsMs);
  checkOrder({ from, to }, violations);
  if (to.getTime() - from.getTime() > READ_LIMITS.statsMs) {
    const days = READ_LIMITS.statsMs / (24 * HOUR_MS);
    violations.add('/from', 'out_of_range', `must be at most ${days} days before to`);
  }
  violations.throwIfAny();
  return { from, to, filter };
}

/** For a route that takes no parameters; @throws InvalidMetadata, PipelineError `invalid_request` */
export function refuseParameters(target: string): void {
  const violations = new Violations();
  for (const name of Object.keys(readQueryString(target, violations))) {
    violations.add(childPointer('', name), 'unknown_field', 'is not a parameter of this route');
  }
  violations.throwIfAny();
}

function embeddingOf({ include, as }: DocumentQueryDto, violations: Violations): EmbeddingForm | undefined {
  if (include !== undefined) return as ?? 'packed';
  if (as !== undefined) violations.add('/as', 'invalid_value', 'needs include=embedding');
  return undefined;
}

function checkOrder({ from, to }: Pick<MetadataFilter, 'from' | 'to'>, violations: Violations): void {
  if (from && to && from >= to) violations.add('/from', 'out_of_range', 'must be before to');
}
