import { PACKED_ENCODING } from '@libs/domain';
import { valueSchemas } from '../validation/dto-schema';
import { closedObject, JSON_SCHEMA_DIALECT, optional, type JsonSchema } from '../validation/json-schema';
import { LIMITS } from './limits';
import { RecordDto, SCHEMA_VERSION } from './record.dto';

const BASE64 = '[A-Za-z0-9+/]';
/** Canonical base64 of a multiple of 4 bytes: what follows the last 12 bytes is nothing, 4 bytes or 8. */
const BASE64_OF_VALUES = `^(?:${BASE64}{16})*(?:${BASE64}{5}[AQgw]==|${BASE64}{10}[AEIMQUYcgkosw048]=)?$`;
/** The smallest number that rounds to infinity as float32: half a step past the largest. */
const FLOAT32_OVERFLOW = 2 ** 128 - 2 ** 103;

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

const { eventId, model, gpu, capturedAt, source, tags, attributes, acceptedAt, producer } =
  valueSchemas(RecordDto);

/** The body of POST /v1/metadata. Only the API can check what spans fields (data length), needs the clock, or hides in packed bits. */
export const SUBMISSION_SCHEMA: JsonSchema = {
  $schema: JSON_SCHEMA_DIALECT,
  title: 'GPU metadata submission',
  ...closedObject(['model', 'embedding', 'gpu', 'capturedAt'], {
    model,
    embedding: { oneOf: [numbers, packedEmbedding] },
    gpu,
    capturedAt,
    source: optional(source),
    eventId: optional(eventId),
    tags: optional(tags),
    attributes: optional(attributes),
  }),
};

/** The value of a record on `gpu-metadata`. */
export const RECORD_SCHEMA: JsonSchema = {
  $schema: JSON_SCHEMA_DIALECT,
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
      model,
      embedding: packedEmbedding,
      gpu,
      capturedAt,
      source: optional(source),
      eventId,
      tags,
      attributes,
      acceptedAt,
      producer,
    },
  ),
};
