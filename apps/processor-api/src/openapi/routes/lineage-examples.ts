export const GPU_METRICS_EXAMPLE = {
  host: 'node-1',
  gpu_index: 0,
  utilization: 87.5,
  mem_used_mb: 10_240,
  power_w: 250.5,
  ts: '2026-11-21T05:39:39.000Z',
  job: 'train-7',
};

export const TOKEN_USAGE_EXAMPLE = {
  event_id: '0198f2a0-7c1e-7a3b-9f60-2d1f0a6b4c55',
  model: 'llama-3-8b',
  prompt_tokens: 512,
  completion_tokens: 128,
  ts: '2026-11-21T05:39:39.000Z',
  cost_per_token: 0.000_000_2,
};
