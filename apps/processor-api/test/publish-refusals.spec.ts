import { randomUUID } from 'node:crypto';
import { GPU_METADATA_TOPIC, GPU_METRICS_TOPIC, TOKEN_USAGE_TOPIC } from '@libs/contracts';
import { gpuMetricsBody, submissionBody, tokenUsageBody } from '@libs/contracts/testing';
import { eventually, type AppProcess } from '@libs/testing/app-process';
import { post, postTo, problem, refusalOf, startApi } from './api';
import { BrokerWithAcls } from './broker-with-acls';

const DEADLINE_MS = 30_000;
const MAX_MESSAGE_BYTES = 20_000;
/** As JSON, packed and with its fields more than the topic takes. */
const LARGE = { embedding: Array.from({ length: 8_192 }, () => 0.5) };

jest.setTimeout(180_000);

let broker: BrokerWithAcls;
let api: AppProcess;

const record = (changes: object = {}): object => submissionBody({ eventId: randomUUID(), ...changes });
const submit = (changes?: object): Promise<Response> => post(api, JSON.stringify(record(changes)));
const submitUsage = (): Promise<Response> =>
  postTo(api, '/v1/token-usage', JSON.stringify(tokenUsageBody({ event_id: randomUUID() })));
const metric = async (topic: string, error: string): Promise<number> => {
  const text = await (await fetch(`${api.url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.includes(`topic="${topic}",error="${error}"`));
  return Number(line?.split(' ').at(-1) ?? 0);
};
const warningsOf = (kafkaError: string): string[] =>
  api.output.split('\n').filter((line) => line.includes(`"kafkaError":"${kafkaError}"`));
const readiness = async (): Promise<string> => (await fetch(`${api.url}/health/ready`)).text();

beforeAll(async () => {
  broker = await BrokerWithAcls.start();
  await broker.makeTopic(GPU_METADATA_TOPIC, { 'max.message.bytes': String(MAX_MESSAGE_BYTES) });
  await broker.makeTopic(GPU_METRICS_TOPIC, { 'max.message.bytes': '100' });
  api = await startApi({ KAFKA_BROKERS: broker.address });
});
afterAll(async () => {
  await api.stop();
  await broker.stop();
});

describe('a record that its topic can never take', () => {
  it('is refused for good with both sizes, and its neighbours are accepted', async () => {
    const answers = await Promise.all([
      submit(),
      submit(LARGE),
      ...Array.from({ length: 20 }, () => submit()),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([202, 413, ...Array.from({ length: 20 }, () => 202)]);
    const refusal = await refusalOf(answers[1]);
    expect(refusal).toMatchObject(problem(413, 'record_too_large_for_topic'));
    expect(refusal.headers.get('retry-after')).toBeNull();
    expect(refusal.problem.detail).toMatch(
      /^the record is 4[45]\d{3} bytes, gpu-metadata takes 20000 \(its max\.message\.bytes\); Kafka says MESSAGE_TOO_LARGE$/,
    );
  });

  it('is refused alone in a batch, and each is on the topic once', async () => {
    const ends = async (): Promise<number> => {
      const partitions = await broker.admin.fetchTopicOffsets(GPU_METADATA_TOPIC);
      return partitions.reduce((sum, { high }) => sum + Number(high), 0);
    };
    const before = await ends();
    const items = Array.from({ length: 40 }, (_, index) => record(index === 17 ? LARGE : {}));
    const answer = await postTo(api, '/v1/metadata/batch', JSON.stringify(items));
    expect(answer.status).toBe(207);
    const { results } = (await answer.json()) as { results: { status: number }[] };
    expect(results.map(({ status }) => status)).toEqual(items.map((_, index) => (index === 17 ? 413 : 202)));
    expect(await ends()).toBe(before + 39);
  });

  it('is told of once in the log and counted each time, by the name Kafka gives it', async () => {
    const before = await metric(GPU_METADATA_TOPIC, 'MESSAGE_TOO_LARGE');
    await Promise.all([submit(LARGE), submit(LARGE)]);
    expect(await metric(GPU_METADATA_TOPIC, 'MESSAGE_TOO_LARGE')).toBe(before + 2);
    expect(warningsOf('MESSAGE_TOO_LARGE').filter((line) => line.includes(GPU_METADATA_TOPIC))).toHaveLength(
      1,
    );
    expect(api.output).not.toContain('unforeseen error');
  });

  it('is refused the same way on the topic of readings, and does not make the API unready', async () => {
    const answer = await postTo(api, '/v1/gpu-metrics', JSON.stringify(gpuMetricsBody()));
    expect(await refusalOf(answer)).toMatchObject(problem(413, 'record_too_large_for_topic'));
    expect(await api.status('/health/ready')).toBe(200);
  });
});

describe('a topic that the API may not write to', () => {
  beforeAll(() => broker.denyWrites(TOKEN_USAGE_TOPIC));
  afterAll(() => broker.allowWrites(TOKEN_USAGE_TOPIC));

  it('refuses its records for good, names it in readiness and log, and leaves the other topics alone', async () => {
    const refused = async (): Promise<boolean> => (await submitUsage()).status === 500;
    expect(await eventually(refused, DEADLINE_MS)).toBe(true); // the ACL takes a moment
    expect(await refusalOf(await submitUsage())).toMatchObject(problem(500, 'topic_not_authorized'));
    expect((await submit()).status).toBe(202);
    expect(await readiness()).toMatch(/token\.usage\.v1.*TOPIC_AUTHORIZATION_FAILED/);
    expect(warningsOf('TOPIC_AUTHORIZATION_FAILED')).toHaveLength(1);
    expect(await metric(TOKEN_USAGE_TOPIC, 'TOPIC_AUTHORIZATION_FAILED')).toBeGreaterThan(1);
    expect(api.output).not.toContain('unforeseen error');
  });

  it('is told of before the first record comes, and no longer once it is repaired', async () => {
    const other = await startApi({ KAFKA_BROKERS: broker.address }, '/health/live');
    const body = async (): Promise<string> => (await fetch(`${other.url}/health/ready`)).text();
    try {
      const isTold = async (): Promise<boolean> => (await body()).includes('TOPIC_AUTHORIZATION_FAILED');
      expect(await eventually(isTold, DEADLINE_MS)).toBe(true);
      await broker.allowWrites(TOKEN_USAGE_TOPIC);
      await other.until('/health/ready', 200, DEADLINE_MS);
      await api.until('/health/ready', 200, DEADLINE_MS);
      expect((await submitUsage()).status).toBe(202);
    } finally {
      await other.stop();
    }
  });
});

describe('a topic that is gone', () => {
  const remove = (): Promise<void> => broker.admin.deleteTopics({ topics: [TOKEN_USAGE_TOPIC] });
  const restart = async (settings: NodeJS.ProcessEnv): Promise<void> => {
    await api.stop();
    api = await startApi({ KAFKA_BROKERS: broker.address, ...settings }, '/health/live');
  };
  const expectMissing = async (): Promise<void> => {
    const isTold = async (): Promise<boolean> => (await readiness()).includes(TOKEN_USAGE_TOPIC);
    expect(await eventually(isTold, DEADLINE_MS)).toBe(true);
    expect(await refusalOf(await submitUsage())).toMatchObject(problem(500, 'topic_missing'));
    expect((await submit()).status).toBe(202);
  };

  it('refuses its records for good where it may not be made, and leaves the other topics alone', async () => {
    await remove();
    await restart({ KAFKA_TOPIC_CREATE: 'false' });
    await expectMissing();
    await broker.makeTopic(TOKEN_USAGE_TOPIC);
    await api.until('/health/ready', 200, DEADLINE_MS);
    expect((await submitUsage()).status).toBe(202);
    await remove();
    await expectMissing();
  });

  it('is waited for where the API makes it', async () => {
    await restart({});
    await api.until('/health/ready', 200, DEADLINE_MS);
    await remove();
    expect([202, 503]).toContain((await submitUsage()).status);
    expect(await eventually(async () => (await submitUsage()).status === 202, DEADLINE_MS)).toBe(true);
  });
});
