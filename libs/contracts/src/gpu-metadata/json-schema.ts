import { GPU_BACKENDS, PACKED_ENCODING, SOURCE_KINDS } from '@libs/domain';
import {
  closedObject,
  DIALECT,
  flatMapSchema,
  optional,
  text,
  TIMESTAMP_SCHEMA,
  UUID_SCHEMA,
  type JsonSchema,
} from '../validation/json-schema-types';
import { ATTRIBUTE_RULES } from './collections';
import { DEVICE_NAME_PATTERN } from './device-name';
import { LIMITS } from './limits';
import { SCHEMA_VERSION } from './record.dto';

const BASE64 = '[A-Za-z0-9+/]';
/** Canonical base64 of a multiple of 4 bytes: what follows the last 12 bytes is nothing, 4 bytes or 8. */
const BASE64_OF_VALUES = `^(?:${BASE64}{16})*(?:${BASE64}{5}[AQgw]==|${BASE64}{10}[AEIMQUYcgkosw048]=)?$`;
/** The smallest number that rounds to infinity as float32: half a step past the largest. */
const FLOAT32_OVERFLOW = 2 ** 128 - 2 ** 103;

const version = optional(text(0, LIMITS.versionCharacters));
const memory = optional({ type: 'integer', minimum: 0, maximum: LIMITS.memoryBytes });

const packedEmbedding = closedObject(['encoding', 'dimension', 'data'], {
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
  model: text(1, LIMITS.modelCharacters),
  embedding: { oneOf: [numbers, packedEmbedding] },
  gpu: closedObject(['deviceName'], {
    deviceName: {
      type: 'string',
      pattern: DEVICE_NAME_PATTERN,
      description: `At most ${LIMITS.deviceNameCharacters} characters without blanks at its ends and invisible ones, which are removed`,
    },
    backend: optional({ enum: GPU_BACKENDS }),
    totalMemoryBytes: memory,
    allocatedMemoryBytes: {
      ...memory,
      description: 'May exceed totalMemoryBytes: managed and unified memory reach beyond the device',
    },
    computeCapability: version,
    driverVersion: version,
    cudaVersion: version,
    hipVersion: version,
    torchVersion: version,
  }),
  capturedAt: TIMESTAMP_SCHEMA,
  source: optional(
    closedObject(['kind'], {
      kind: { enum: SOURCE_KINDS },
      uri: optional(text(0, LIMITS.uriCharacters)),
      name: optional(text(0, LIMITS.nameCharacters)),
    }),
  ),
};

/** What a body may leave out and a record may not. */
const requiredInRecords: Record<string, JsonSchema> = {
  eventId: UUID_SCHEMA,
  tags: { type: 'array', maxItems: LIMITS.tags, items: text(0, LIMITS.tagCharacters) },
  attributes: {
    type: 'object',
    description: 'A value that is null counts as left out',
    maxProperties: LIMITS.attributes,
    ...flatMapSchema(ATTRIBUTE_RULES),
  },
};

/** The body of POST /v1/metadata. Only the API can check what spans fields (data length), needs the clock, or hides in packed bits. */
export const SUBMISSION_SCHEMA: JsonSchema = {
  $schema: DIALECT,
  title: 'GPU metadata submission',
  ...closedObject(['model', 'embedding', 'gpu', 'capturedAt'], {
    ...submissionFields,
    ...Object.fromEntries(
      Object.entries(requiredInRecords).map(([name, schema]) => [name, optional(schema)]),
    ),
  }),
};

/** The value of a record on `gpu-metadata`. */
export const RECORD_SCHEMA: JsonSchema = {
  $schema: DIALECT,
  title: `GPU metadata record, schemaVersion ${SCHEMA_VERSION}`,
  ...closedObject(
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
      ...requiredInRecords,
      embedding: packedEmbedding,
      acceptedAt: TIMESTAMP_SCHEMA,
      producer: closedObject([], { keyId: optional(text(1, 128)) }),
    },
  ),
};
