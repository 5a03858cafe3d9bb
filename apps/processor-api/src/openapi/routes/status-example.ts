export const STATUS_EXAMPLE = {
  version: '0.1.0',
  startedAt: '2026-11-21T05:39:39.000Z',
  window: {
    seconds: 300,
    points: [
      { at: '2026-11-21T05:44:39.000Z', accepted: 120, refused: 1, p50Ms: 4.1, p95Ms: 9.7, p99Ms: 14.2 },
      { at: '2026-11-21T05:44:40.000Z', accepted: 0, refused: 0, p50Ms: null, p95Ms: null, p99Ms: null },
    ],
  },
  queue: { bytes: 0, maxBytes: 67_108_864 },
  deadLetters: { 'gpu-metadata.dlq': 0, 'gpu.metrics.v1.dlq': null },
  parts: { kafka: { up: true }, reads: { up: true, configured: true } },
};
