import { RECORD_SCHEMA, SUBMISSION_SCHEMA, type JsonSchema } from '@libs/contracts';

const { embedding } = SUBMISSION_SCHEMA.properties as Readonly<Record<string, JsonSchema>>;
const { schemaVersion: _, ...fields } = RECORD_SCHEMA.properties as Readonly<Record<string, JsonSchema>>;
const moment = { type: 'string', format: 'date-time' };
const gpu = fields.gpu as { readonly properties: Readonly<Record<string, JsonSchema>> };

/** A document as reads answer it: the fields of the submission and what was added since. */
export const DOCUMENT_SCHEMA: JsonSchema = {
  type: 'object',
  required: [
    'eventId',
    'model',
    'gpu',
    'capturedAt',
    'tags',
    'attributes',
    'producer',
    'embeddingDimension',
    'embeddingNorm',
    'acceptedAt',
    'processedAt',
    'pipeline',
  ],
  properties: {
    ...fields,
    embedding,
    eventId: { type: 'string', format: 'uuid' },
    capturedAt: moment,
    gpu: {
      type: 'object',
      required: [...Object.keys(gpu.properties), 'memoryUtilization'],
      properties: {
        ...gpu.properties,
        memoryUtilization: {
          type: ['number', 'null'],
          minimum: 0,
          description: 'Allocated ÷ total memory; past 1 for managed and unified memory',
        },
      },
    },
    producer: {
      type: 'object',
      required: ['keyId'],
      properties: {
        keyId: { type: ['string', 'null'], description: 'The API key that sent it; null without keys' },
      },
    },
    embeddingDimension: { type: 'integer', minimum: 1 },
    embeddingNorm: { type: 'number', minimum: 0 },
    acceptedAt: moment,
    processedAt: moment,
    pipeline: {
      type: 'object',
      description: 'How it came: its first place in Kafka, and who stored it',
      required: ['tags', 'topic', 'partition', 'offset', 'workerVersion', 'ingestLatencyMs'],
      properties: {
        tags: { type: 'array', items: { type: 'string' } },
        topic: { type: 'string' },
        partition: { type: 'integer', minimum: 0 },
        offset: {
          type: ['integer', 'string'],
          minimum: 0,
          description: 'Text where a JSON number is not exact',
        },
        workerVersion: { type: 'string' },
        ingestLatencyMs: { type: ['number', 'null'], description: 'Null for a replayed record' },
      },
    },
  },
};
