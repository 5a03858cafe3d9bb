import {
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
  type TracerProvider,
} from '@opentelemetry/api';
import { ATTR_ERROR_TYPE } from '@opentelemetry/semantic-conventions';
import { isPipelineError, type ErrorCode } from '@libs/domain';
import type { Logger } from '../logger';
import { withDeadline } from '../time';
import type { TracingSettings } from './tracing-settings';

export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanOptions {
  readonly kind: keyof typeof KINDS;
  /** W3C traceparent of what led to this work; without it, or with one that is none, a trace begins here. */
  readonly parent?: string | undefined;
  readonly attributes?: SpanAttributes;
}

/** Where spans go; OpenTelemetry's own `trace` is one that records nothing. */
export interface SpanProvider extends TracerProvider {
  shutdown?(): Promise<void>;
}

/** A valid W3C traceparent, version 00: trace id, span id and flags as groups. */
export const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

const KINDS = {
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
  client: SpanKind.CLIENT,
} as const;
const STOP_MS = 2_000;

/** Spans of one program, without OpenTelemetry's globals: parents are named, never taken from an asynchronous context. */
export class Tracing {
  private readonly tracer: ReturnType<TracerProvider['getTracer']>;

  constructor(private readonly provider: SpanProvider) {
    this.tracer = provider.getTracer('gpu-metadata-pipeline');
  }

  /** False where the program traces nothing: whoever starts spans for each record saves them then. */
  get isOn(): boolean {
    return this.provider !== trace;
  }

  /** Never throws and never waits: spans that the collector does not take in time are dropped. */
  start(name: string, { kind, parent, attributes = {} }: SpanOptions): TraceSpan {
    return new TraceSpan(this.tracer.startSpan(name, { kind: KINDS[kind], attributes }, contextOf(parent)));
  }

  /** Sends what ended, for at most two seconds. */
  async stop(): Promise<void> {
    await withDeadline(this.provider.shutdown?.() ?? Promise.resolve(), STOP_MS).catch(() => undefined);
  }
}

/** A piece of work that is told to the collector once it ends. */
export class TraceSpan {
  constructor(private readonly span: Span) {}

  /** Undefined where the program traces nothing. */
  get traceId(): string | undefined {
    const context = this.span.spanContext();
    return isSpanContextValid(context) && context.isRemote !== true ? context.traceId : undefined;
  }

  /** W3C traceparent for whatever this work leads to: its parent's where the program traces nothing. */
  get traceparent(): string | undefined {
    const context = this.span.spanContext();
    if (!isSpanContextValid(context)) return undefined;
    const { traceId, spanId, traceFlags } = context;
    return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  }

  /** False where the sampler left it out, or the program traces nothing. */
  get isRecorded(): boolean {
    return this.span.isRecording();
  }

  /** Ends the span; `errorCode` marks the work as failed. */
  end(attributes: SpanAttributes, errorCode?: string): void {
    this.span.setAttributes(attributes);
    if (errorCode !== undefined) {
      this.span.setAttribute(ATTR_ERROR_TYPE, errorCode).setStatus({ code: SpanStatusCode.ERROR });
    }
    this.span.end();
  }
}

/** Loads OpenTelemetry's SDK where a collector is named; a program without one never does. */
export async function startTracing(settings: TracingSettings | null, logger: Logger): Promise<Tracing> {
  if (settings === null) return new Tracing(trace);
  const { otlpProvider } = await import('./otlp-provider.js');
  return new Tracing(otlpProvider(settings, logger));
}

/** The code of an error, whatever it is: spans and answers tell it, never its words. */
export function errorCodeOf(error: unknown): ErrorCode {
  return isPipelineError(error) ? error.code : 'internal_error';
}

function contextOf(traceparent = ''): Context {
  const [, traceId, spanId, flags = ''] = TRACEPARENT.exec(traceparent) ?? [];
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
  const traceFlags = Number.parseInt(flags, 16);
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
