import { createHash } from 'node:crypto';
import type { AdditionalValue, TokenUsage } from '@libs/domain';
import { LINEAGE_LIMITS, LineageContract, lineageSchema } from '../lineage/lineage-contract';
import { EventId, FiniteNumber, Integer, Optional, Text, Timestamp } from '../validation/rules';

/** The fields that `token.usage.v1` names. */
class TokenUsageDto {
  @Optional()
  @EventId()
  event_id?: string;

  @Text(1, LINEAGE_LIMITS.modelCharacters)
  model!: string;

  @Integer(0, LINEAGE_LIMITS.tokens)
  prompt_tokens!: number;

  @Integer(0, LINEAGE_LIMITS.tokens)
  completion_tokens!: number;

  @Optional()
  @FiniteNumber(0, Number.MAX_VALUE)
  cost_per_token?: number;

  @Timestamp()
  ts!: string;
}

/** A value on `token.usage.v1`. */
export const TOKEN_USAGE_SCHEMA = lineageSchema('Token usage, version 1', TokenUsageDto);

/**
 * Reads bodies and records of `token.usage.v1`. A usage's identity is its event_id, else the SHA-256 of its
 * canonical value as the producer wrote it: calls of the same millisecond whose ts has more digits stay apart.
 */
export const TOKEN_USAGE = new LineageContract(TokenUsageDto, {
  eventIdField: 'event_id',
  toEvent: (dto, { ts, additional, written }): TokenUsage => {
    const event_id = dto.event_id?.toLowerCase() ?? null;
    return {
      kind: 'token-usage',
      id: event_id ?? createHash('sha256').update(canonicalJson(written)).digest('hex'),
      event_id,
      model: dto.model,
      prompt_tokens: dto.prompt_tokens,
      completion_tokens: dto.completion_tokens,
      cost_per_token: dto.cost_per_token ?? null,
      ts,
      additional,
    };
  },
});

/**
 * The one JSON text of a flat object, without the fields that are null: null and missing mean the same.
 * Names in the order of their UTF-16 code units, numbers and strings as ECMAScript writes them.
 * Source: RFC 8785, sections 3.2.2 and 3.2.3.
 */
function canonicalJson(fields: Readonly<Record<string, AdditionalValue>>): string {
  const present = Object.entries(fields).filter(([, value]) => value !== null);
  const sorted = present.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${sorted.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}
