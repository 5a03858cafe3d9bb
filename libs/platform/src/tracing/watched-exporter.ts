import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '../logger';

type Done = Parameters<SpanExporter['export']>[1];

/** Tells once when the collector stops taking spans and once when it takes them again. */
export class WatchedExporter implements SpanExporter {
  private lastSaid = true;

  constructor(
    private readonly exporter: SpanExporter,
    private readonly logger: Logger,
  ) {}

  export(spans: ReadableSpan[], done: Done): void {
    this.exporter.export(spans, (result) => {
      this.note(result.error);
      done(result);
    });
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }

  private note(error: Error | undefined): void {
    const isTaken = error === undefined;
    if (isTaken === this.lastSaid) return;
    this.lastSaid = isTaken;
    if (isTaken) this.logger.info('the collector takes traces again');
    else this.logger.warn({ fault: error.message }, 'the collector takes no traces: they are dropped');
  }
}
