import { SOURCE_KINDS } from '@libs/domain';
import { PACKED_ENCODING } from './embedding';
import { ATTRIBUTE_KEY, LIMITS, RESERVED_ATTRIBUTE_KEYS } from './limits';
import { SCHEMA_VERSION } from './record.dto';

type JsonSchema = Readonly<Record<string, unknown>>;

/** Any text without half a surrogate pair; with the `u` flag, as JSON Schema reads patterns, a whole pair passes. */
const WELL_FORMED = '^[^\\uD800-\\uDFFF]*$';
const BASE64 = '[A-Za-z0-9+/]';
/** Canonical base64 of a multiple of 4 bytes: what follows the last 12 bytes is nothing, 4 bytes or 8. */
const BASE64_OF_VALUES = `^(?:${BASE64}{16})*(?:${BASE64}{5}[AQgw]==|${BASE64}{10}[AEIMQUYcgkosw048]=)?$`;
/** Years from 2000 on, and 1999's last day, which west of Greenwich reaches into 2000; no leap second. */
const TIMESTAMP =
  '^(?:[2-9][0-9]{3}-[0-9]{2}-[0-9]{2}|1999-12-31)[Tt][0-9]{2}:[0-9]{2}:[0-5][0-9](?:[.][0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$';
/** The smallest number that rounds to infinity as float32: half a step past the largest. */
const FLOAT32_OVERFLOW = 2 ** 128 - 2 ** 103;

const text = (minLength: number, maxLength: number): JsonSchema => ({
  type: 'string',
  minLength,
  maxLength,
  pattern: WELL_FORMED,
});
const object = (required: readonly string[], properties: Record<string, JsonSchema>): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  required,
  properties,
});

const uuid = {
  type: 'string',
  pattern: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$',
};
const timestamp = { type: 'string', format: 'date-time', pattern: TIMESTAMP };
const version = { ...text(0, LIMITS.versionCharacters), type: ['string', 'null'] };
const memory = { type: ['integer', 'null'], minimum: 0, maximum: LIMITS.memoryBytes };

const packedEmbedding = object(['encoding', 'dimension', 'data'], {
  encoding: { const: PACKED_ENCODING },
  dimension: { type: 'integer', minimum: 1, maximum: LIMITS.embeddingValues },
  data: {
    type: 'string',
    minLength: 8,
    maxLength: 4 * Math.ceil((4 * LIMITS.embeddingValues) / 3),
    pattern: BASE64_OF_VALUES,
    contentEncoding: 'base64',
    description: '4 bytes for each value, little-endian float32',
  },
});
const numbers = {
  type: 'array',
  minItems: 1,
  maxItems: LIMITS.embeddingValues,
  items: { type: 'number', exclusiveMinimum: -FLOAT32_OVERFLOW, exclusiveMaximum: FLOAT32_OVERFLOW },
};

const submissionFields: Record<string, JsonSchema> = {
  eventId: uuid,
  model: text(1, LIMITS.modelCharacters),
  embedding: { oneOf: [numbers, packedEmbedding] },
  gpu: object(['deviceName'], {
    deviceName: text(1, LIMITS.deviceNameCharacters),
    totalMemoryBytes: memory,
    allocatedMemoryBytes: memory,
    computeCapability: version,
    cudaVersion: version,
    torchVersion: version,
  }),
  capturedAt: timestamp,
  source: object(['kind'], {
    kind: { enum: SOURCE_KINDS },
    uri: text(0, LIMITS.uriCharacters),
    name: text(0, LIMITS.nameCharacters),
  }),
  tags: { type: 'array', maxItems: LIMITS.tags, items: text(0, LIMITS.tagCharacters) },
  attributes: {
    type: 'object',
    maxProperties: LIMITS.attributes,
    propertyNames: { pattern: ATTRIBUTE_KEY.source, not: { enum: RESERVED_ATTRIBUTE_KEYS } },
    additionalProperties: {
      oneOf: [
        { type: 'boolean' },
        { type: 'number', minimum: -Number.MAX_VALUE, maximum: Number.MAX_VALUE },
        text(0, LIMITS.attributeCharacters),
      ],
    },
  },
};

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** The body of POST /v1/metadata. Only the API can check what spans fields (memory, data length), needs the clock, or hides in packed bits. */
export const SUBMISSION_SCHEMA: JsonSchema = {
  $schema: DIALECT,
  title: 'GPU metadata submission',
  ...object(['model', 'embedding', 'gpu', 'capturedAt'], submissionFields),
};

/** The value of a record on `gpu-metadata`. */
export const RECORD_SCHEMA: JsonSchema = {
  $schema: DIALECT,
  title: `GPU metadata record, schemaVersion ${SCHEMA_VERSION}`,
  ...object(
    [
      'schemaVersion',
      'eventId',
      'model',
      'embedding',
      'gpu',
      'capturedAt',
      'acceptedAt',
      'tags',
      'attributes',
      'producer',
    ],
    {
      schemaVersion: { const: SCHEMA_VERSION },
      ...submissionFields,
      embedding: packedEmbedding,
      acceptedAt: timestamp,
      producer: object([], { keyId: { ...text(1, 128), type: ['string', 'null'] } }),
    },
  ),
};
