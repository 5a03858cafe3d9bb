import { isEventId } from '@libs/domain';
import { LINEAGE_LIMITS } from '../lineage/limits';
import { FiniteNumber, Integer, Optional, Text, TextLike, Timestamp } from '../validation/rules';

/** The fields that `token.usage.v1` names. */
export class TokenUsageDto {
  @Optional()
  @TextLike(isEventId, 'an RFC 9562 UUID of version 1 to 8')
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
