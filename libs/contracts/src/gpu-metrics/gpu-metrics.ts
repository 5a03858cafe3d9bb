import type { GpuMetrics } from '@libs/domain';
import { LineageContract } from '../lineage/lineage-contract';
import { GpuMetricsDto } from './gpu-metrics.dto';

/** Reads bodies and records of `gpu.metrics.v1`; a reading's identity is host, GPU and millisecond. */
export const GPU_METRICS = new LineageContract(GpuMetricsDto, {
  toEvent: ({ host, gpu_index, utilization, mem_used_mb, power_w }, { ts, additional }): GpuMetrics => ({
    kind: 'gpu-metrics',
    id: `${host}/${gpu_index}/${ts.toISOString()}`,
    host,
    gpu_index,
    utilization,
    mem_used_mb,
    power_w,
    ts,
    additional,
  }),
});
