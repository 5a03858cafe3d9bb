import { DIALECT, flatMapSchema, TIMESTAMP_SCHEMA, type JsonSchema } from '../validation/json-schema-types';
import { ADDITIONAL_FIELDS } from './limits';

interface LineageFields {
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, JsonSchema>>;
}

/** The schema of an open contract. Only the worker can check what needs the clock. */
export function lineageSchema(title: string, { required, properties }: LineageFields): JsonSchema {
  return {
    $schema: DIALECT,
    title,
    type: 'object',
    required: [...required, 'ts'],
    properties: { ...properties, ts: TIMESTAMP_SCHEMA },
    maxProperties: Object.keys(properties).length + 1 + ADDITIONAL_FIELDS.maxEntries,
    ...flatMapSchema(ADDITIONAL_FIELDS),
  };
}

/** A number that may be null. */
export const reading = (minimum: number, maximum: number): JsonSchema => ({
  type: ['number', 'null'],
  minimum,
  maximum,
});
