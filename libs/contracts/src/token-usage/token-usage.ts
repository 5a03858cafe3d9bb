import { createHash } from 'node:crypto';
import type { TokenUsage } from '@libs/domain';
import { canonicalJson } from '../lineage/canonical-json';
import { LineageContract, type SoundFields } from '../lineage/lineage-contract';
import { TokenUsageDto } from './token-usage.dto';

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
      id: event_id ?? digestOf(written),
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

function digestOf(written: SoundFields['written']): string {
  return createHash('sha256').update(canonicalJson(written)).digest('hex');
}
