import { diag, DiagLogLevel } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import type { Logger } from '../logger';
import { OtelTracing } from './otel-tracing';
import type { Tracing } from './tracing';
import type { TracingSettings } from './tracing-settings';
import { WatchedExporter } from './watched-exporter';

/** Spans that go to a collector over OTLP. */
export function otlpTracing(settings: TracingSettings, logger: Logger): Tracing {
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
  return new OtelTracing(settings, exporter);
}
