import type { GpuMetrics } from '@libs/domain';
import { LINEAGE_LIMITS, LineageContract, lineageSchema } from '../lineage/lineage-contract';
import { FiniteNumber, Integer, OrNull, Text, Timestamp } from '../validation/rules';

/** The fields that `gpu.metrics.v1` names; what a GPU cannot tell is null, never left out. */
class GpuMetricsDto {
  @Text(1, LINEAGE_LIMITS.hostCharacters)
  host!: string;

  @Integer(0, LINEAGE_LIMITS.gpuIndex)
  gpu_index!: number;

  @OrNull()
  @FiniteNumber(0, LINEAGE_LIMITS.utilizationPercent)
  utilization!: number | null;

  @OrNull()
  @FiniteNumber(0, Number.MAX_VALUE)
  mem_used_mb!: number | null;

  @OrNull()
  @FiniteNumber(0, Number.MAX_VALUE)
  power_w!: number | null;

  @Timestamp()
  ts!: string;
}

/** A value on `gpu.metrics.v1`. */
export const GPU_METRICS_SCHEMA = lineageSchema('GPU metrics, version 1', GpuMetricsDto);

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
