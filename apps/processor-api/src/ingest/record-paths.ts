/** Where records are POSTed; without a version the first one is meant. */
export const RECORD_PATHS = {
  metadata: ['/v1/metadata', '/metadata'],
  batch: ['/v1/metadata/batch', '/metadata/batch'],
  gpuMetrics: ['/v1/gpu-metrics'],
  tokenUsage: ['/v1/token-usage'],
} as const;
