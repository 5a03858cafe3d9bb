import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace';
import { sdkProvider } from './otlp-provider';
import { TRACEPARENT, Tracing } from './tracing';
import { z } from 'zod';
import { ConfigurationFault, readSettings } from '../settings';
import { toTracingSettings, tracingFaults, tracingSettings, type TracingSettings } from './tracing-settings';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SAMPLED = `00-${TRACE}-00f067aa0ba902b7-01`;
const NOT_SAMPLED = `00-${TRACE}-00f067aa0ba902b7-00`;

const SETTINGS: TracingSettings = {
  url: 'http://localhost:4318/v1/traces',
  serviceName: 'test',
  sampler: { name: 'parentbased_always_on', ratio: 1 },
  batch: { delayMs: 60_000, maxQueueSpans: 10, maxSpans: 10 },
};

describe(Tracing.name, () => {
  const exporter = new InMemorySpanExporter();
  // The exporter forgets what it has when it is shut down.
  const keeping = { export: exporter.export.bind(exporter), shutdown: () => Promise.resolve() };

  beforeEach(() => {
    exporter.reset();
  });

  it('goes on with the trace of its parent and hands it on', async () => {
    const tracing = new Tracing(sdkProvider(SETTINGS, keeping));
    const span = tracing.start('work', { kind: 'server', parent: SAMPLED, attributes: { a: 1 } });
    expect(span.traceparent).toMatch(TRACEPARENT);
    expect(span.traceId).toBe(TRACE);
    span.end({ b: 'two', left: undefined });
    await tracing.stop();
    expect(exporter.getFinishedSpans()).toMatchObject([
      {
        name: 'work',
        attributes: { a: 1, b: 'two' },
        parentSpanContext: { spanId: '00f067aa0ba902b7' },
        resource: { attributes: { 'service.name': 'test' } },
      },
    ]);
  });

  it('records nothing of a trace that its beginner does not record, but hands it on', async () => {
    const tracing = new Tracing(sdkProvider(SETTINGS, keeping));
    const span = tracing.start('work', { kind: 'server', parent: NOT_SAMPLED });
    expect(span.isRecorded).toBe(false);
    expect(span.traceparent).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    span.end({});
    await tracing.stop();
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it.each(['', 'garbage', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`])(
    'begins a trace where the parent is %p',
    async (parent) => {
      const tracing = new Tracing(sdkProvider(SETTINGS, keeping));
      tracing.start('work', { kind: 'server', parent }).end({}, 'some_code');
      await tracing.stop();
      const [span] = exporter.getFinishedSpans();
      expect(span?.parentSpanContext).toBeUndefined();
      expect(span?.attributes).toEqual({ 'error.type': 'some_code' });
    },
  );

  it.each([
    ['always_off', 0],
    ['parentbased_traceidratio', 0],
    ['traceidratio', 1],
    ['always_on', 1],
  ] as const)('samples by %s', (name, recorded) => {
    const tracing = new Tracing(sdkProvider({ ...SETTINGS, sampler: { name, ratio: recorded } }, keeping));
    expect(tracing.start('work', { kind: 'client' }).isRecorded).toBe(recorded === 1);
  });

  it('drops what its queue cannot hold while the collector does not answer', async () => {
    const batches: number[] = [];
    const answers: (() => void)[] = [];
    const tracing = new Tracing(
      sdkProvider(
        { ...SETTINGS, batch: { delayMs: 60_000, maxQueueSpans: 3, maxSpans: 3 } },
        {
          export: (spans, done) => {
            batches.push(spans.length);
            answers.push(() => {
              exporter.export(spans, done);
            });
          },
          shutdown: () => Promise.resolve(),
        },
      ),
    );
    for (let count = 0; count < 1_000; count++) tracing.start('work', { kind: 'client' }).end({});
    const stopped = tracing.stop();
    await Promise.resolve();
    await Promise.resolve();
    expect(batches).toEqual([3, 3]);
    for (const answer of answers) answer();
    await stopped;
  });
});

describe('a program without a collector', () => {
  const tracing = new Tracing(trace);

  it.each([SAMPLED, NOT_SAMPLED, `00-${TRACE}-00f067aa0ba902b7-03`])('hands on %p as it came', (parent) => {
    const span = tracing.start('work', { kind: 'server', parent });
    expect([span.traceparent, span.traceId, span.isRecorded]).toEqual([parent, undefined, false]);
    span.end({ a: 1 }, 'some_code');
  });

  it.each([undefined, 'garbage'])('begins no trace where the parent is %p', async (parent) => {
    const span = tracing.start('work', { kind: 'client', parent });
    expect([span.traceparent, span.traceId, span.isRecorded]).toEqual([undefined, undefined, false]);
    await tracing.stop();
  });
});

describe(toTracingSettings.name, () => {
  const settings = (env: NodeJS.ProcessEnv): TracingSettings | null =>
    toTracingSettings(readSettings(z.object(tracingSettings), env, tracingFaults), 'app');

  it('traces nothing without a collector, or when it is told so', () => {
    const collector = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' };
    expect(settings({})).toBeNull();
    expect(settings({ ...collector, OTEL_SDK_DISABLED: 'true' })).toBeNull();
    expect(settings({ ...collector, OTEL_TRACES_EXPORTER: 'none' })).toBeNull();
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' }, 'http://localhost:4318/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://host/base/' }, 'https://host/base/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://host/own' }, 'https://host/own'],
  ])('posts to the path of traces: %p', (env, url) => {
    expect(settings(env)).toMatchObject({ url, serviceName: 'app' });
  });

  it('refuses what it does not know, all of it at once', () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'localhost:4318',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_SAMPLER: 'sometimes',
      OTEL_TRACES_SAMPLER_ARG: '1.5',
      OTEL_BSP_MAX_QUEUE_SIZE: '0',
    };
    let fault: unknown;
    try {
      settings(env);
    } catch (error) {
      fault = error;
    }
    expect((fault as ConfigurationFault).faults).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT: must be an http or https URL',
      'OTEL_EXPORTER_OTLP_PROTOCOL: must be one of http/protobuf',
      expect.stringContaining('OTEL_TRACES_SAMPLER: must be one of'),
      'OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1',
      'OTEL_BSP_MAX_QUEUE_SIZE: must be an integer from 1 to 100000',
      expect.stringContaining('with OTEL_TRACES_SAMPLER_ARG'),
    ]);
  });
});
