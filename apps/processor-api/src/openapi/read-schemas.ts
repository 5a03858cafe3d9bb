import { optional, RECORD_SCHEMA, SEARCH_LIMITS, SUBMISSION_SCHEMA, type JsonSchema } from '@libs/contracts';
import { component, count, fieldsOf, list, moment, object, text, uuid } from './schema-types';

const { embedding } = fieldsOf<'embedding'>(SUBMISSION_SCHEMA);
const { model, gpu, source, tags, attributes, capturedAt } = fieldsOf<
  'model' | 'gpu' | 'source' | 'tags' | 'attributes' | 'capturedAt'
>(RECORD_SCHEMA);
const device = fieldsOf<'deviceName'>(gpu);

const gpuAsRead = object({
  ...device,
  memoryUtilization: {
    type: ['number', 'null'],
    minimum: 0,
    description: 'Allocated ÷ total memory; past 1 for managed and unified memory',
  },
});

const pipeline = object({
  tags: list(text),
  topic: text,
  partition: count,
  offset: { type: ['integer', 'string'], minimum: 0, description: 'Text where a JSON number is not exact' },
  workerVersion: text,
  ingestLatencyMs: { type: ['number', 'null'], description: 'Null for a replayed record' },
});

/** A document as reads answer it: the fields of the submission and what was added since. */
export const DOCUMENT_SCHEMA = object(
  {
    eventId: uuid,
    model,
    gpu: gpuAsRead,
    capturedAt: moment,
    tags,
    attributes,
    producer: object({
      keyId: { type: ['string', 'null'], description: 'The API key that sent it; null without keys' },
    }),
    embeddingDimension: { type: 'integer', minimum: 1 },
    embeddingNorm: { type: 'number', minimum: 0 },
    acceptedAt: moment,
    processedAt: moment,
    pipeline: { ...pipeline, description: 'How it came: its first place in Kafka, and who stored it' },
  },
  { source, embedding },
);

/** GET /v1/metadata */
export const PAGE_SCHEMA = object({
  items: list(component('Document')),
  nextCursor: { type: ['string', 'null'], description: 'Null on the last page' },
});

const figure = { type: ['number', 'null'], minimum: 0 };
const meanAndMax = object({ mean: figure, max: figure });

const hour = object({
  hour: moment,
  model,
  deviceName: text,
  count: { type: 'integer', minimum: 1 },
  dimensions: { ...list({ type: 'integer', minimum: 1 }), uniqueItems: true },
  memoryUtilization: { ...meanAndMax, description: 'Past 1 where more was allocated than the device has' },
  ingestLatencyMs: meanAndMax,
  firstCapturedAt: moment,
  lastCapturedAt: moment,
  computedAt: moment,
});

/** GET /v1/metadata/stats */
export const STATS_SCHEMA = object({ items: list(hour) });

/** GET /gpu/info */
export const GPU_INFO_SCHEMA = object({ eventId: uuid, model, gpu: gpuAsRead, capturedAt: moment });

const knownGpu = object({
  gpu_index: count,
  name: text,
  price_per_hour_usd: { type: 'number', minimum: 0 },
  ts: moment,
});

/** GET /v1/gpus */
export const GPUS_SCHEMA = object({ items: list(knownGpu) });

/** The body of POST /v1/metadata/search. Only the API can tell a vector without direction. */
export const SEARCH_SCHEMA: JsonSchema = {
  ...object(
    { embedding },
    {
      k: optional({
        type: 'integer',
        minimum: 1,
        maximum: SEARCH_LIMITS.neighbours,
        default: SEARCH_LIMITS.defaultNeighbours,
      }),
      filter: optional({
        type: 'object',
        additionalProperties: false,
        properties: {
          model: optional(model),
          deviceName: optional(device.deviceName),
          tag: optional(tags.items as JsonSchema),
          from: optional(capturedAt),
          to: optional(capturedAt),
        },
      }),
    },
  ),
  additionalProperties: false,
};

const neighbour = {
  allOf: [
    component('Document'),
    {
      required: ['score'],
      properties: { score: { type: 'number', minimum: -1, maximum: 1, description: 'Cosine' } },
    },
  ],
};

/** Its answer. */
export const SEARCH_ANSWER_SCHEMA = object({
  items: { ...list(neighbour), maxItems: SEARCH_LIMITS.neighbours },
  scanned: { ...count, description: 'Vectors that were compared with the query' },
  exhaustive: { type: 'boolean', description: 'False: nearer ones may be missing' },
  index: {
    ...object({ loaded: { type: 'boolean' }, vectors: count, documents: count }),
    description: 'How many vectors the index holds, and how many documents there are',
  },
  asOf: { ...moment, description: 'What was stored before is taken into account' },
});
