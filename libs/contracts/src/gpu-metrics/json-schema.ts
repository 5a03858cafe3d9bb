import { lineageSchema, reading } from '../lineage/json-schema';
import { LINEAGE_LIMITS } from '../lineage/limits';
import { text, type JsonSchema } from '../validation/json-schema-types';

/** A value on `gpu.metrics.v1`. */
export const GPU_METRICS_SCHEMA: JsonSchema = lineageSchema('GPU metrics, version 1', {
  required: ['host', 'gpu_index', 'utilization', 'mem_used_mb', 'power_w'],
  properties: {
    host: text(1, LINEAGE_LIMITS.hostCharacters),
    gpu_index: { type: 'integer', minimum: 0, maximum: LINEAGE_LIMITS.gpuIndex },
    utilization: reading(0, LINEAGE_LIMITS.utilizationPercent),
    mem_used_mb: reading(0, Number.MAX_VALUE),
    power_w: reading(0, Number.MAX_VALUE),
  },
});
