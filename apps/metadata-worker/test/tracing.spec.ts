import { randomBytes, randomUUID } from 'node:crypto';
import { GPU_METRICS_TOPIC } from '@libs/contracts';
import { gpuMetricsBody, submissionBody } from '@libs/contracts/testing';
import { AppProcess, eventually } from '@libs/testing/app-process';
import { OtlpCollector, type CollectedSpan } from '@libs/testing/otlp-collector';
import { MetadataTopic } from '@libs/testing/metadata-topic';
import { kafkaBrokers } from '@libs/testing/test-stack';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';

const HEADER_SECRET = 'only-the-collector-may-see-this';

describe('a trace', () => {
  let collector: OtlpCollector;
  let worker: WorkerUnderTest;
  let apps: { readonly api: AppProcess; readonly worker: AppProcess };

  beforeAll(async () => {
    collector = await OtlpCollector.start();
    worker = await WorkerUnderTest.prepare();
    const topic = await MetadataTopic.open(GPU_METRICS_TOPIC);
    await topic.beginHere(worker.groupId);
    await topic.close();
    const tracing = {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=${HEADER_SECRET}`,
      OTEL_BSP_SCHEDULE_DELAY: '50',
    };
    const [api, started] = await Promise.all([
      AppProcess.start('processor-api', { AUTH_MODE: 'off', KAFKA_BROKERS: kafkaBrokers, ...tracing }),
      worker.start(tracing),
    ]);
    apps = { api, worker: started };
  });

  afterAll(async () => {
    expect(await Promise.all([apps.api.stop(), apps.worker.stop()])).toEqual([0, 0]);
    await collector.stop();
    await worker.discard();
  });

  async function post(headers: Record<string, string>, changes = {}): Promise<Response> {
    return fetch(`${apps.api.url}/v1/metadata`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(submissionBody({ eventId: randomUUID(), ...changes })),
    });
  }

  /** The spans of a trace, once `count` of them came. */
  async function trace(traceId: string, count: number): Promise<CollectedSpan[]> {
    const found = (): CollectedSpan[] => collector.spans.filter((span) => span.traceId === traceId);
    expect(await eventually(() => found().length >= count, 20_000)).toBe(true);
    return found();
  }

  it('leads from the caller over the API and Kafka to the write into the database', async () => {
    const traceId = randomBytes(16).toString('hex');
    const caller = randomBytes(8).toString('hex');
    const eventId = randomUUID();
    const answer = await post({ traceparent: `00-${traceId}-${caller}-01` }, { eventId });
    expect(answer.status).toBe(202);
    const { partition, offset } = (await answer.json()) as { partition: number; offset: number };

    const spans = await trace(traceId, 4);
    const chain = [caller];
    const way: string[] = [];
    for (let next; (next = spans.find(({ parentId }) => parentId === chain.at(-1)));) {
      chain.push(next.spanId);
      way.push(`${next.service}: ${next.name}`);
    }
    expect(way).toEqual([
      'processor-api: POST /v1/metadata',
      'processor-api: publish gpu-metadata',
      'metadata-worker: process gpu-metadata',
      'metadata-worker: upsert',
    ]);
    const named = (name: string): CollectedSpan['attributes'] | undefined =>
      spans.find((span) => span.name.startsWith(name))?.attributes;
    const place = {
      'messaging.destination.partition.id': String(partition),
      'messaging.kafka.offset': offset,
    };
    expect(named('POST')).toMatchObject({
      'http.route': '/v1/metadata',
      'http.response.status_code': 202,
      'gpu_metadata.event_id': eventId,
    });
    expect(named('publish')).toMatchObject({ 'messaging.message.id': eventId, ...place });
    expect(named('process')).toMatchObject({ 'gpu_metadata.outcome': 'stored', ...place });
    expect(named('upsert')).toMatchObject({ 'db.system.name': 'mongodb', 'db.operation.batch.size': 1 });
    expect(apps.api.output).toContain(`"traceId":"${traceId}"`);
  });

  it('tells of refusals, with the code and nothing of the body', async () => {
    const traceId = randomBytes(16).toString('hex');
    const answer = await post(
      { traceparent: `00-${traceId}-${'1'.repeat(16)}-01` },
      { model: 7, tags: ['not-in-a-trace'] },
    );
    expect(answer.status).toBe(422);
    const [span] = await trace(traceId, 1);
    expect(span?.attributes).toMatchObject({
      'http.response.status_code': 422,
      'error.type': 'invalid_metadata',
    });
    expect(JSON.stringify(collector.spans)).not.toContain('not-in-a-trace');
  });

  it('leads as far for records of the lineage topics', async () => {
    const traceId = randomBytes(16).toString('hex');
    const answer = await fetch(`${apps.api.url}/v1/gpu-metrics`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent: `00-${traceId}-${'5'.repeat(16)}-01` },
      body: JSON.stringify(gpuMetricsBody({ host: `traced-${traceId}` })),
    });
    expect(answer.status).toBe(202);
    const spans = await trace(traceId, 4);
    expect(spans.map(({ name }) => name).sort()).toEqual([
      'POST /v1/gpu-metrics',
      'process gpu.metrics.v1',
      'publish gpu.metrics.v1',
      'upsert',
    ]);
  });

  it('tells why a record was dead-lettered', async () => {
    const traceId = randomBytes(16).toString('hex');
    const topic = await MetadataTopic.open();
    await topic.publish(0, [
      { value: 'not json', headers: { traceparent: `00-${traceId}-${'2'.repeat(16)}-01` } },
    ]);
    await topic.close();
    const [span] = await trace(traceId, 1);
    expect(span).toMatchObject({
      name: 'process gpu-metadata',
      attributes: { 'gpu_metadata.outcome': 'unreadable' },
    });
    expect(span?.attributes['error.type']).toBeDefined();
  });

  it('is not recorded when its beginner does not record it', async () => {
    const [unwanted, wanted] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
    await post({ traceparent: `00-${unwanted}-${'3'.repeat(16)}-00` });
    await post({ traceparent: `00-${wanted}-${'4'.repeat(16)}-01` });
    await trace(wanted, 4);
    expect(collector.spans.filter(({ traceId }) => traceId === unwanted)).toEqual([]);
  });

  it('goes to the collector with its headers, which no log tells', () => {
    expect(collector.headers.authorization).toBe(HEADER_SECRET);
    expect(apps.api.output + apps.worker.output).not.toContain(HEADER_SECRET);
  });
});

describe('a collector that cannot be reached', () => {
  it('is told once, with what could not wait for it, and disturbs neither requests nor the stop', async () => {
    const api = await AppProcess.start('processor-api', {
      AUTH_MODE: 'off',
      KAFKA_BROKERS: kafkaBrokers,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_TIMEOUT: '200',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_BSP_MAX_QUEUE_SIZE: '4',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '4',
    });
    const post = async (): Promise<number> => {
      const answer = await fetch(`${api.url}/v1/metadata`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(submissionBody()),
      });
      return answer.status;
    };
    const told = (): number => api.output.split('the collector takes no traces').length - 1;
    expect(await post()).toBe(202);
    expect(await eventually(() => told() === 1, 20_000)).toBe(true);
    const countsDropped = async (): Promise<boolean> => {
      const statuses = await Promise.all(Array.from({ length: 20 }, post));
      expect(statuses).toEqual(statuses.map(() => 202));
      return /Dropped \d+ spans because maxQueueSize reached/.test(api.output);
    };
    expect(await eventually(countsDropped, 20_000)).toBe(true);
    expect(await api.stop()).toBe(0);
    expect(told()).toBe(1);
  });
});
