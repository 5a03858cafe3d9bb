import { DeliveredLineage, GpuMetrics, LineageEvent, TokenUsage } from '../model/lineage';

const TOPICS: Readonly<Record<LineageEvent['kind'], string>> = {
  'gpu-metrics': 'gpu.metrics.v1',
  'token-usage': 'token.usage.v1',
};

/** A valid reading; name only what the test is about. */
export function gpuMetrics(changes: Partial<GpuMetrics> = {}): GpuMetrics {
  return {
    kind: 'gpu-metrics',
    id: 'node-1/0/2026-11-21T05:39:39.000Z',
    host: 'node-1',
    gpu_index: 0,
    utilization: 87.5,
    mem_used_mb: 10240,
    power_w: 250.5,
    ts: new Date('2026-11-21T05:39:39.000Z'),
    additional: {},
    ...changes,
  };
}

/** A valid usage; name only what the test is about. */
export function tokenUsage(changes: Partial<TokenUsage> = {}): TokenUsage {
  return {
    kind: 'token-usage',
    id: '0198f0c0-0000-7000-8000-000000000001',
    event_id: '0198f0c0-0000-7000-8000-000000000001',
    model: 'llama-3-8b',
    prompt_tokens: 512,
    completion_tokens: 128,
    ts: new Date('2026-11-21T05:39:39.000Z'),
    cost_per_token: 0.0000002,
    additional: {},
    ...changes,
  };
}

/** The event as delivered from partition 0 of its topic, written by somebody without a key unless it is told by whom. */
export function deliveredLineage(
  event: LineageEvent,
  offset = 0n,
  keyId: string | null = null,
): DeliveredLineage {
  return { event, producer: { keyId }, position: { topic: TOPICS[event.kind], partition: 0, offset } };
}
