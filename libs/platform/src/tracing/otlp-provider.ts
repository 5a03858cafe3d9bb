import { diag, DiagLogLevel } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
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
import { ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import type { Logger } from '../logger';
import type { TracingSettings } from './tracing-settings';
import { WatchedExporter } from './watched-exporter';

const LIMITS = { attributeValueLengthLimit: 256, attributeCountLimit: 32 };

/** Spans that go to a collector over OTLP. */
export function otlpProvider(settings: TracingSettings, logger: Logger): TracerProvider {
  const silent = (): void => undefined;
  // Its errors are told by the WatchedExporter, once; its warnings count the spans that the queue could not hold.
  const warn = (message: string): void => {
    logger.warn({ fault: message }, 'traces are incomplete');
  };
  diag.setLogger(
    { error: silent, warn, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const exporter = new WatchedExporter(new OTLPTraceExporter({ url: settings.url }), logger);
  logger.info({ collector: new URL(settings.url).origin }, 'traces go to a collector');
  return sdkProvider(settings, exporter);
}

/** Spans that go to `exporter`, sampled and batched by OpenTelemetry's SDK. */
export function sdkProvider(
  { serviceName, sampler, batch }: TracingSettings,
  exporter: SpanExporter,
): TracerProvider {
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
  return new TracerProvider({
    resource: defaultResource().merge(detected).merge(named),
    sampler: samplerOf(sampler),
    spanLimits: LIMITS,
    spanProcessors: [processor],
  });
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
