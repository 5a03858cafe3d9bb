import { SOURCE_KINDS } from '@libs/domain';
import { PACKED_ENCODING } from './embedding';
import { ATTRIBUTE_KEY, LIMITS, RESERVED_ATTRIBUTE_KEYS } from './limits';
import { SCHEMA_VERSION } from './record.dto';

type JsonSchema = Readonly<Record<string, unknown>>;

const text = (minLength: number, maxLength: number): JsonSchema => ({ type: 'string', minLength, maxLength });
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
const timestamp = { type: 'string', format: 'date-time' };
const version = { ...text(0, LIMITS.versionCharacters), type: ['string', 'null'] };
const memory = { type: ['integer', 'null'], minimum: 0, maximum: LIMITS.memoryBytes };

const packedEmbedding = object(['encoding', 'dimension', 'data'], {
  encoding: { const: PACKED_ENCODING },
  dimension: { type: 'integer', minimum: 1, maximum: LIMITS.embeddingValues },
  data: {
    type: 'string',
    contentEncoding: 'base64',
    description: '4 bytes for each value, little-endian float32',
  },
});
const numbers = { type: 'array', minItems: 1, maxItems: LIMITS.embeddingValues, items: { type: 'number' } };

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
      oneOf: [{ type: ['number', 'boolean'] }, { type: 'string', maxLength: LIMITS.attributeCharacters }],
    },
  },
};

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** The body of POST /v1/metadata. What spans fields (memory, clock, data length) only the API can check. */
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
      producer: object([], { keyId: { type: ['string', 'null'], minLength: 1, maxLength: 128 } }),
    },
  ),
};
