import { z } from 'zod';
import { choice, flag, integer, type CrossCheck } from '../settings';

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

const collector = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional();
const ratioFault = { error: 'must be a number from 0 to 1' };
const ratio = z
  .string()
  .regex(/^(0(\.\d+)?|1(\.0+)?)$/, ratioFault)
  .transform(Number)
  .default(1);

/**
 * OpenTelemetry's own variables, the same for both programs. The exporter itself reads the rest of its kind:
 * OTEL_EXPORTER_OTLP_HEADERS, _TIMEOUT, _COMPRESSION, _CERTIFICATE, and OTEL_RESOURCE_ATTRIBUTES.
 */
export const tracingSettings = {
  OTEL_SDK_DISABLED: flag(),
  OTEL_TRACES_EXPORTER: choice(['otlp', 'none'], 'otlp'),
  OTEL_EXPORTER_OTLP_ENDPOINT: collector,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector,
  OTEL_EXPORTER_OTLP_PROTOCOL: choice(['http/protobuf'], 'http/protobuf'),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: choice(['http/protobuf'], 'http/protobuf'),
  OTEL_SERVICE_NAME: z.string().optional(),
  OTEL_TRACES_SAMPLER: choice(SAMPLERS, 'parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: ratio,
  OTEL_BSP_SCHEDULE_DELAY: integer(10, 600_000, 5_000),
  OTEL_BSP_MAX_QUEUE_SIZE: integer(1, 100_000, 2_048),
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: integer(1, 100_000, 512),
};

export interface TracingSettings {
  /** Where spans are posted, the path included. */
  readonly url: string;
  readonly serviceName: string;
  readonly sampler: { readonly name: (typeof SAMPLERS)[number]; readonly ratio: number };
  readonly batch: { readonly delayMs: number; readonly maxQueueSpans: number; readonly maxSpans: number };
}

type TracingEnvironment = z.output<z.ZodObject<typeof tracingSettings>>;

/** Faults of the tracing variables that one variable alone does not show. */
export const tracingFaults: CrossCheck = (given) => {
  const isRatio = given.OTEL_TRACES_SAMPLER?.endsWith('traceidratio') === true;
  return given.OTEL_TRACES_SAMPLER_ARG !== undefined && !isRatio
    ? ['OTEL_TRACES_SAMPLER: must be traceidratio or parentbased_traceidratio with OTEL_TRACES_SAMPLER_ARG']
    : [];
};

/** Null where no collector is named: then nothing is traced. `service` names the program unless a variable does. */
export function toTracingSettings(env: TracingEnvironment, service: string): TracingSettings | null {
  const url = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? tracesUrl(env.OTEL_EXPORTER_OTLP_ENDPOINT);
  if (url === undefined || env.OTEL_SDK_DISABLED === true || env.OTEL_TRACES_EXPORTER === 'none') return null;
  return {
    url,
    serviceName: env.OTEL_SERVICE_NAME ?? service,
    sampler: { name: env.OTEL_TRACES_SAMPLER, ratio: env.OTEL_TRACES_SAMPLER_ARG },
    batch: {
      delayMs: env.OTEL_BSP_SCHEDULE_DELAY,
      maxQueueSpans: env.OTEL_BSP_MAX_QUEUE_SIZE,
      maxSpans: Math.min(env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE, env.OTEL_BSP_MAX_QUEUE_SIZE),
    },
  };
}

/** The path of traces below a collector's address, as OpenTelemetry's specification has it. */
function tracesUrl(endpoint: string | undefined): string | undefined {
  return endpoint === undefined ? undefined : `${endpoint.replace(/\/$/, '')}/v1/traces`;
}
