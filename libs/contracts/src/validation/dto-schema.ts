import { checksOf, type FieldChecks } from './dto-validator';
import { closedObject, optional, type JsonSchema } from './json-schema';

/** What the rules of a DTO say of each field's value where there is one; null is not named. */
export function valueSchemas<Dto extends object>(dto: new () => Dto): Record<keyof Dto, JsonSchema> {
  const { all } = checksOf(dto);
  return Object.fromEntries(all.map((field) => [field.name, valueSchema(field)])) as Record<
    keyof Dto,
    JsonSchema
  >;
}

/** The fields of a DTO, with null where it may be sent, and the names of those that may not be left out. */
export function objectFields(dto: new () => object): {
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, JsonSchema>>;
} {
  const { all } = checksOf(dto);
  const schemaOf = (field: FieldChecks): JsonSchema =>
    field.isNullable ? optional(valueSchema(field)) : valueSchema(field);
  return {
    required: all.filter(({ isOptional }) => !isOptional).map(({ name }) => name),
    properties: Object.fromEntries(all.map((field) => [field.name, schemaOf(field)])),
  };
}

function valueSchema({ nested, rules }: FieldChecks): JsonSchema {
  if (!nested) return rules.find(({ schema }) => schema)?.schema ?? {};
  const { required, properties } = objectFields(nested);
  return closedObject(required, properties);
}
