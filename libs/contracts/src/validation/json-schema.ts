export type JsonSchema = Readonly<Record<string, unknown>>;

export const JSON_SCHEMA_DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** Any text without half a surrogate pair; with the `u` flag, as JSON Schema reads patterns, a whole pair passes. */
const WELL_FORMED = '^[^\\uD800-\\uDFFF]*$';
/** Years from 2000 on, and 1999's last day, which west of Greenwich reaches into 2000; no leap second. */
const TIMESTAMP =
  '^(?:[2-9][0-9]{3}-[0-9]{2}-[0-9]{2}|1999-12-31)[Tt ][0-9]{2}:[0-9]{2}:[0-5][0-9](?:[.][0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$';

/** An RFC 9562 UUID of version 1 to 8. */
export const UUID_SCHEMA: JsonSchema = {
  type: 'string',
  pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$',
};
export const TIMESTAMP_SCHEMA: JsonSchema = { type: 'string', format: 'date-time', pattern: TIMESTAMP };

/** A string of `minLength` to `maxLength` characters. */
export const textSchema = (minLength: number, maxLength: number): JsonSchema => ({
  type: 'string',
  minLength,
  maxLength,
  pattern: WELL_FORMED,
});

/** A field that may be left out, which null says too. */
export const optional = ({ type, ...schema }: JsonSchema): JsonSchema =>
  Array.isArray(schema.enum)
    ? { enum: [...(schema.enum as unknown[]), null] }
    : { type: [type, 'null'], ...schema };

/** An object with these fields and no others. */
export const closedObject = (
  required: readonly string[],
  properties: Readonly<Record<string, JsonSchema>>,
): JsonSchema => ({ type: 'object', additionalProperties: false, required, properties });
