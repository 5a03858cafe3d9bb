import type { Examples } from '../route-doc';

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
      eventId: '0198f2a0-7c1e-7a3b-9f60-2d1f0a6b4c55',
      model: 'resnet50',
      embedding: [0.12, -0.5, 3.25],
      gpu,
      capturedAt: '2026-11-21T05:39:39.000Z',
      source: { kind: 'image', uri: 's3://photos/cat.jpg', name: 'cat.jpg' },
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
      capturedAt: '2026-11-21T05:39:39.000Z',
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
