import { LINEAGE_LIMITS } from '../lineage/limits';
import { FiniteNumber, Integer, OrNull, Text, Timestamp } from '../validation/rules';

/** The fields that `gpu.metrics.v1` names; what a GPU cannot tell is null, never left out. */
export class GpuMetricsDto {
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
