import type { JsonSchema } from '@libs/contracts';

export const text: JsonSchema = { type: 'string' };
export const count: JsonSchema = { type: 'integer', minimum: 0 };
export const moment: JsonSchema = { type: 'string', format: 'date-time' };
export const uuid: JsonSchema = { type: 'string', format: 'uuid' };

/** An object with these fields, and perhaps with some of `optional`; later versions of the API may add others. */
export const object = (
  required: Record<string, JsonSchema>,
  optional: Record<string, JsonSchema> = {},
): JsonSchema => ({
  type: 'object',
  required: Object.keys(required),
  properties: { ...required, ...optional },
});

export const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

/** The schemas of an object's fields. */
export const fieldsOf = <Name extends string>({
  properties,
}: JsonSchema): Readonly<Record<Name, JsonSchema>> => properties as Readonly<Record<Name, JsonSchema>>;

/** The schema of that name among the components. */
export const component = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });
