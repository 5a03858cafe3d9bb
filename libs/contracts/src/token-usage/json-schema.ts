import { lineageSchema, reading } from '../lineage/json-schema';
import { LINEAGE_LIMITS } from '../lineage/limits';
import { optional, text, UUID_SCHEMA, type JsonSchema } from '../validation/json-schema-types';

const tokens = { type: 'integer', minimum: 0, maximum: LINEAGE_LIMITS.tokens };

/** A value on `token.usage.v1`. */
export const TOKEN_USAGE_SCHEMA: JsonSchema = lineageSchema('Token usage, version 1', {
  required: ['model', 'prompt_tokens', 'completion_tokens'],
  properties: {
    event_id: optional(UUID_SCHEMA),
    model: text(1, LINEAGE_LIMITS.modelCharacters),
    prompt_tokens: tokens,
    completion_tokens: tokens,
    cost_per_token: reading(0, Number.MAX_VALUE),
  },
});
