const gpu = {
  deviceName: 'Tesla T4',
  backend: 'cuda',
  totalMemoryBytes: 15_843_721_216,
  allocatedMemoryBytes: 102_760_448,
  computeCapability: '7.5',
  driverVersion: '550.54.15',
  cudaVersion: '12.4',
  hipVersion: null,
  torchVersion: '2.6.0',
  memoryUtilization: 0.0065,
};

/** A document as reads answer it. */
export const DOCUMENT_EXAMPLE = {
  eventId: '0198f2a0-7c1e-7a3b-9f60-2d1f0a6b4c55',
  model: 'resnet50',
  gpu,
  capturedAt: '2026-11-21T05:39:39.000Z',
  source: { kind: 'image', uri: 's3://photos/cat.jpg', name: 'cat.jpg' },
  tags: ['colab'],
  attributes: { batch: 7 },
  producer: { keyId: 'colab' },
  embeddingDimension: 3,
  embeddingNorm: 3.29,
  acceptedAt: '2026-11-21T05:39:40.120Z',
  processedAt: '2026-11-21T05:39:40.180Z',
  pipeline: {
    tags: [],
    topic: 'gpu-metadata',
    partition: 3,
    offset: 1204,
    workerVersion: '0.1.0',
    ingestLatencyMs: 60,
  },
};
