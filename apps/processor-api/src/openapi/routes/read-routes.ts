import type { RouteDoc } from '../route-doc';
import type { SchemaName } from '../schemas';
import { DOCUMENT_EXAMPLE } from './examples';

const { eventId, model, gpu, capturedAt } = DOCUMENT_EXAMPLE;

const read = { method: 'get', tag: 'read', access: 'read' } as const;

const found = (description: string, schema: SchemaName, example: unknown): RouteDoc['answers'] => ({
  200: {
    description,
    headers: ['Cache-Control'],
    content: { 'application/json': { schema, example } },
  },
});

const someHour = {
  hour: '2026-11-21T05:00:00.000Z',
  model,
  deviceName: gpu.deviceName,
  count: 120,
  dimensions: [3],
  memoryUtilization: { mean: 0.0065, max: 0.0071 },
  ingestLatencyMs: { mean: 61.5, max: 240 },
  firstCapturedAt: '2026-11-21T05:00:01.000Z',
  lastCapturedAt: capturedAt,
  computedAt: '2026-11-21T05:40:12.000Z',
};

/** Routes that answer from the database. */
export const READ_ROUTES: readonly RouteDoc[] = [
  {
    ...read,
    path: '/v1/metadata',
    operationId: 'listMetadata',
    summary: 'List documents, the newest capture first',
    description: 'Stable while documents come in: a cursor names the place where a page ended.',
    traits: ['parameters', 'reads-database'],
    parameters: ['model', 'deviceName', 'tag', 'from', 'to', 'limit', 'cursor', 'include', 'as'],
    answers: found('One page', 'Page', { items: [DOCUMENT_EXAMPLE], nextCursor: null }),
  },
  {
    ...read,
    path: '/v1/metadata/{eventId}',
    operationId: 'readMetadata',
    summary: 'Read the document of one event',
    traits: ['parameters', 'reads-database', 'may-be-missing'],
    parameters: ['eventId', 'include', 'as'],
    answers: found('The document', 'Document', DOCUMENT_EXAMPLE),
  },
  {
    ...read,
    path: '/v1/metadata/stats',
    operationId: 'readStats',
    summary: 'Hourly figures by model and device, the newest hour first',
    description: 'At most 31 days; without `to` until now, without `from` the 24 hours before.',
    traits: ['parameters', 'reads-database'],
    parameters: ['model', 'deviceName', 'from', 'to'],
    answers: found('All hours that were asked for', 'Stats', { items: [someHour] }),
  },
  {
    ...read,
    path: '/gpu/info',
    operationId: 'readGpuInfo',
    summary: 'The hardware of the newest capture',
    traits: ['parameters', 'reads-database', 'may-be-missing'],
    answers: found('The newest capture', 'GpuInfo', { eventId, model, gpu, capturedAt }),
  },
  {
    ...read,
    path: '/v1/gpus',
    operationId: 'listGpus',
    summary: 'The known GPUs with their prices',
    traits: ['parameters', 'reads-database'],
    answers: found('All of them', 'Gpus', {
      items: [{ gpu_index: 1, name: 'A100 40GB', price_per_hour_usd: 1.1, ts: '2026-11-21T05:39:39.000Z' }],
    }),
  },
  {
    ...read,
    method: 'post',
    path: '/v1/metadata/search',
    operationId: 'searchMetadata',
    summary: 'Find the documents whose embeddings point the same way',
    description: 'The nearest by cosine among those of the same dimension.',
    traits: ['json-body', 'reads-database'],
    body: {
      description: 'A vector in either form, and which documents are meant',
      content: {
        'application/json': {
          schema: 'Search',
          examples: {
            near: {
              summary: 'Five neighbours of one model',
              value: { embedding: [0.12, -0.5, 3.25], k: 5, filter: { model } },
            },
          },
        },
      },
    },
    answers: found('The nearest first', 'SearchAnswer', {
      items: [{ score: 0.98, ...DOCUMENT_EXAMPLE }],
      scanned: 5_000,
      exhaustive: true,
      index: { loaded: true, vectors: 5_000, documents: 5_000 },
      asOf: '2026-11-21T05:39:40.120Z',
    }),
  },
];
