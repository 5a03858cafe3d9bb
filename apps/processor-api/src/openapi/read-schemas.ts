import type { JsonSchema } from '@libs/contracts';
import { DOCUMENT_SCHEMA } from './document-schema';

const moment = { type: 'string', format: 'date-time' };
const document = { $ref: '#/components/schemas/Document' };
const { eventId, model, gpu } = DOCUMENT_SCHEMA.properties as Readonly<Record<string, JsonSchema>>;

const figure = { type: ['number', 'null'], minimum: 0 };
const meanAndMax: JsonSchema = {
  type: 'object',
  required: ['mean', 'max'],
  properties: { mean: figure, max: figure },
};

const list = (items: JsonSchema, rest: JsonSchema = {}): JsonSchema => ({
  type: 'object',
  required: ['items', ...Object.keys(rest)],
  properties: { items: { type: 'array', items }, ...rest },
});

/** GET /v1/metadata */
export const PAGE_SCHEMA = list(document, {
  nextCursor: { type: ['string', 'null'], description: 'Null on the last page' },
});

/** GET /v1/metadata/stats */
export const STATS_SCHEMA = list({
  type: 'object',
  required: [
    'hour',
    'model',
    'deviceName',
    'count',
    'dimensions',
    'memoryUtilization',
    'ingestLatencyMs',
    'firstCapturedAt',
    'lastCapturedAt',
    'computedAt',
  ],
  properties: {
    hour: moment,
    model,
    deviceName: { type: 'string' },
    count: { type: 'integer', minimum: 1 },
    dimensions: { type: 'array', items: { type: 'integer', minimum: 1 }, uniqueItems: true },
    memoryUtilization: { ...meanAndMax, description: 'Past 1 where more was allocated than the device has' },
    ingestLatencyMs: meanAndMax,
    firstCapturedAt: moment,
    lastCapturedAt: moment,
    computedAt: moment,
  },
});

/** GET /gpu/info */
export const GPU_INFO_SCHEMA: JsonSchema = {
  type: 'object',
  required: ['eventId', 'model', 'gpu', 'capturedAt'],
  properties: { eventId, model, gpu, capturedAt: moment },
};

/** GET /v1/gpus */
export const GPUS_SCHEMA = list({
  type: 'object',
  required: ['gpu_index', 'name', 'price_per_hour_usd', 'ts'],
  properties: {
    gpu_index: { type: 'integer', minimum: 0 },
    name: { type: 'string' },
    price_per_hour_usd: { type: 'number', minimum: 0 },
    ts: moment,
  },
});
