import type { Examples } from '../route-doc';

const eventId = '0198f2a0-7c1e-7a3b-9f60-2d1f0a6b4c55';
const capturedAt = '2026-11-21T05:39:39.000Z';
const source = { kind: 'image', uri: 's3://photos/cat.jpg', name: 'cat.jpg' };
const gpu = {
  deviceName: 'Tesla T4',
  backend: 'cuda',
  totalMemoryBytes: 15_843_721_216,
  allocatedMemoryBytes: 102_760_448,
  computeCapability: '7.5',
  driverVersion: '550.54.15',
  cudaVersion: '12.4',
  torchVersion: '2.6.0',
};

export const SUBMISSION_EXAMPLES: Examples = {
  numbers: {
    summary: 'JSON numbers, and everything that may be said besides',
    value: {
      eventId,
      model: 'resnet50',
      embedding: [0.12, -0.5, 3.25],
      gpu,
      capturedAt,
      source,
      tags: ['colab'],
      attributes: { batch: 7, warm: true, 'eval/loss': 0.31, 'model.type': 'cnn' },
    },
  },
  rocm: {
    summary: 'A GPU of AMD, by its HIP version',
    value: {
      model: 'resnet50',
      embedding: [0.12, -0.5, 3.25],
      gpu: { deviceName: 'AMD Instinct MI300X', backend: 'rocm', hipVersion: '6.2.41133-dd7f95766' },
      capturedAt: '2026-11-21T05:39:39Z',
    },
  },
  packed: {
    summary: 'The packed form: a quarter of the size',
    value: {
      model: 'resnet50',
      embedding: { encoding: 'f32le-base64', dimension: 3, data: 'j8L1PQAAAL8AAFBA' },
      gpu,
      capturedAt,
    },
  },
  cpu: {
    summary: 'A machine without a GPU',
    value: {
      model: 'all-MiniLM-L6-v2',
      embedding: [1, 0],
      gpu: { deviceName: 'cpu', backend: 'cpu' },
      capturedAt: '2026-11-21T06:39:39+01:00',
    },
  },
};

/** Where a record came to lie in Kafka. */
const position = { partition: 3, offset: 1204, acceptedAt: '2026-11-21T05:39:40.120Z' };

export const RECEIPT_EXAMPLE = { eventId, topic: 'gpu-metadata', ...position };

const accepted = { index: 0, status: 202, ...RECEIPT_EXAMPLE };

export const ACCEPTED_BATCH_EXAMPLE = { results: [accepted] };

export const BATCH_RESULTS_EXAMPLE = {
  results: [
    accepted,
    {
      index: 1,
      status: 422,
      type: 'about:blank',
      title: 'Unprocessable Entity',
      code: 'invalid_metadata',
      detail: '1 field(s) break the contract',
      errors: [{ pointer: '/model', code: 'required', message: 'is missing' }],
    },
    {
      index: 2,
      status: 503,
      type: 'about:blank',
      title: 'Service Unavailable',
      code: 'queue_full',
      detail: 'more than 67108864 bytes wait for Kafka',
      retryAfter: 1,
    },
  ],
};

export const GPU_METRICS_EXAMPLE = {
  host: 'node-1',
  gpu_index: 0,
  utilization: 87.5,
  mem_used_mb: 10_240,
  power_w: 250.5,
  ts: capturedAt,
  job: 'train-7',
};
export const GPU_METRICS_RECEIPT_EXAMPLE = {
  id: `node-1/0/${capturedAt}`,
  topic: 'gpu.metrics.v1',
  ...position,
};

export const TOKEN_USAGE_EXAMPLE = {
  event_id: eventId,
  model: 'llama-3-8b',
  prompt_tokens: 512,
  completion_tokens: 128,
  ts: capturedAt,
  cost_per_token: 0.000_000_2,
};
export const TOKEN_USAGE_RECEIPT_EXAMPLE = { id: eventId, topic: 'token.usage.v1', ...position };

/** A document as reads answer it. */
export const DOCUMENT_EXAMPLE = {
  eventId,
  model: 'resnet50',
  gpu: { ...gpu, hipVersion: null, memoryUtilization: 0.0065 },
  capturedAt,
  source,
  tags: ['colab'],
  attributes: { batch: 7 },
  producer: { keyId: 'colab' },
  embeddingDimension: 3,
  embeddingNorm: 3.29,
  acceptedAt: position.acceptedAt,
  processedAt: '2026-11-21T05:39:40.180Z',
  pipeline: {
    tags: [],
    topic: 'gpu-metadata',
    partition: position.partition,
    offset: position.offset,
    workerVersion: '0.1.0',
    ingestLatencyMs: 60,
  },
};

export const STATUS_EXAMPLE = {
  version: '0.1.0',
  startedAt: capturedAt,
  window: {
    seconds: 300,
    points: [
      { at: '2026-11-21T05:44:39.000Z', accepted: 120, refused: 1, p50Ms: 4.1, p95Ms: 9.7, p99Ms: 14.2 },
      { at: '2026-11-21T05:44:40.000Z', accepted: 0, refused: 0, p50Ms: null, p95Ms: null, p99Ms: null },
    ],
  },
  queue: { bytes: 0, maxBytes: 67_108_864 },
  searchIndex: { loaded: true, vectors: 4_812, documents: 4_812, bytes: 11_272_192, maxBytes: 67_108_864 },
  deadLetters: { 'gpu-metadata.dlq': 0, 'gpu.metrics.v1.dlq': null },
  parts: { kafka: { up: true }, reads: { up: true, configured: true } },
};
