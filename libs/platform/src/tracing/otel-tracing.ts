import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context, type Span } from '@opentelemetry/api';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
  type Sampler,
  type SpanExporter,
} from '@opentelemetry/sdk-trace';
import { ATTR_ERROR_TYPE, ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import { Tracing, type SpanAttributes, type SpanOptions, type TraceSpan } from './tracing';
import { TRACEPARENT } from './trace-context';
import type { TracingSettings } from './tracing-settings';

const KINDS = {
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
} as const;
const LIMITS = { attributeValueLengthLimit: 256, attributeCountLimit: 32 };
const STOP_MS = 2_000;

/** OpenTelemetry's SDK without its globals: parents are named, never taken from an asynchronous context. */
export class OtelTracing extends Tracing {
  private readonly provider: TracerProvider;
  private readonly tracer: ReturnType<TracerProvider['getTracer']>;

  constructor({ serviceName, sampler, batch }: TracingSettings, exporter: SpanExporter) {
    super();
    const named = resourceFromAttributes({ [ATTR_SERVICE_NAME]: serviceName });
    const detected = detectResources({
      detectors: [serviceInstanceIdDetector, resourceAttributesEnvDetector],
    });
    const processor = new BatchSpanProcessor({
      exporter,
      maxQueueSize: batch.maxQueueSpans,
      maxExportBatchSize: batch.maxSpans,
      scheduledDelayMillis: batch.delayMs,
    });
    this.provider = new TracerProvider({
      resource: defaultResource().merge(detected).merge(named),
      sampler: samplerOf(sampler),
      spanLimits: LIMITS,
      spanProcessors: [processor],
    });
    this.tracer = this.provider.getTracer('gpu-metadata-pipeline');
  }

  start(name: string, { kind, parent, attributes = {} }: SpanOptions): TraceSpan {
    return new OtelSpan(this.tracer.startSpan(name, { kind: KINDS[kind], attributes }, contextOf(parent)));
  }

  async stop(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<void>((resolve) => (timer = setTimeout(resolve, STOP_MS)));
    await Promise.race([this.provider.shutdown().catch(() => undefined), expired]);
    clearTimeout(timer);
  }
}

class OtelSpan implements TraceSpan {
  constructor(private readonly span: Span) {}

  get traceId(): string {
    return this.span.spanContext().traceId;
  }

  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.span.spanContext();
    return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  }

  get isRecorded(): boolean {
    return this.span.isRecording();
  }

  end(attributes: SpanAttributes, errorCode?: string): void {
    this.span.setAttributes(attributes);
    if (errorCode !== undefined) {
      this.span.setAttribute(ATTR_ERROR_TYPE, errorCode).setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end();
  }
}

function contextOf(traceparent = ''): Context {
  const [, traceId, spanId, flags = ''] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags, 16) & 1;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function samplerOf({ name, ratio }: TracingSettings['sampler']): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  }
}
