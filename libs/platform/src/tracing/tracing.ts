export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanOptions {
  readonly kind: 'server' | 'producer' | 'consumer' | 'client';
  /** W3C traceparent of what led to this work; without it, or with one that is none, a trace begins here. */
  readonly parent?: string | undefined;
  readonly attributes?: SpanAttributes;
}

/** A piece of work that is told to the collector once it ends. */
export interface TraceSpan {
  readonly traceId: string;
  /** W3C traceparent for whatever this work leads to. */
  readonly traceparent: string;
  /** False where the sampler left it out. */
  readonly isRecorded: boolean;
  /** Ends the span; `errorCode` marks the work as failed. */
  end(attributes: SpanAttributes, errorCode?: string): void;
}

/** Spans of one program. A program without a collector has none: null stands in its place, and nothing is loaded. */
export abstract class Tracing {
  /** Never throws and never waits: spans that the collector does not take in time are dropped. */
  abstract start(name: string, options: SpanOptions): TraceSpan;

  /** Sends what ended, for at most two seconds. */
  abstract stop(): Promise<void>;
}
