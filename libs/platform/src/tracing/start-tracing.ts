import type { Logger } from '../logger';
import type { Tracing } from './tracing';
import type { TracingSettings } from './tracing-settings';

/** Loads OpenTelemetry's SDK where a collector is named; a program without one never does. */
export async function startTracing(
  settings: TracingSettings | null,
  logger: Logger,
): Promise<Tracing | null> {
  if (settings === null) return null;
  const { otlpTracing } = await import('./otlp-tracing.js');
  return otlpTracing(settings, logger);
}
