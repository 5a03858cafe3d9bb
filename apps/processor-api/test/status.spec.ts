import { Kafka, logLevel } from 'kafkajs';
import { submissionBody } from '@libs/contracts/testing';
import { eventually, type AppProcess } from '@libs/testing/app-process';
import type { StatusBody } from '../src/console/status-body';
import { post, startApi } from './api';

const DEAD_LETTERS = 'gpu-metadata.dlq';

describe('GET /v1/status', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.stop());

  async function status(of = api): Promise<StatusBody> {
    const answer = await fetch(`${of.url}/v1/status`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    return (await answer.json()) as StatusBody;
  }

  it('tells version, start, queue and parts', async () => {
    const { version, startedAt, queue, searchIndex, parts } = await status();
    expect(version).toMatch(/^\d+\.\d+\.\d+/);
    expect(Date.parse(startedAt)).toBeLessThanOrEqual(Date.now());
    expect(queue).toEqual({ bytes: 0, maxBytes: 64 * 1024 * 1024 });
    expect(searchIndex).toBeNull();
    expect(parts).toEqual({ kafka: { up: true }, reads: { configured: false, up: false } });
  });

  it('counts the records of the last minutes, second by second', async () => {
    await Promise.all(Array.from({ length: 20 }, () => post(api, JSON.stringify(submissionBody({})))));
    await Promise.all(Array.from({ length: 3 }, () => post(api, '{')));
    await fetch(`${api.url}/v1/status`, { method: 'POST' });
    const sums = async (): Promise<number[]> => {
      const { points } = (await status()).window;
      return [
        points.reduce((sum, { accepted }) => sum + accepted, 0),
        points.reduce((sum, { refused }) => sum + refused, 0),
      ];
    };
    expect(await eventually(async () => (await sums())[1] === 3, 20_000)).toBe(true);
    expect(await sums()).toEqual([20, 3]);
    const busy = (await status()).window.points.filter(({ accepted }) => accepted > 0);
    for (const { p50Ms, p95Ms, p99Ms } of busy) {
      expect(p50Ms).toBeGreaterThan(0);
      expect(p95Ms).toBeGreaterThanOrEqual(p50Ms!);
      expect(p99Ms).toBeGreaterThanOrEqual(p95Ms!);
    }
  });

  it('counts dead letters', async () => {
    const letters = async (): Promise<number | null | undefined> =>
      (await status()).deadLetters[DEAD_LETTERS];
    const kafka = new Kafka({
      brokers: process.env.TEST_KAFKA_BROKERS!.split(','),
      logLevel: logLevel.NOTHING,
    });
    const producer = kafka.producer();
    await producer.connect();
    expect(await eventually(async () => (await letters()) !== null, 30_000)).toBe(true);
    const before = (await letters())!;
    await producer.send({ topic: DEAD_LETTERS, messages: [{ value: 'one' }, { value: 'two' }] });
    await producer.disconnect();
    const grew = async (): Promise<boolean> => (await letters()) === before + 2;
    expect(await eventually(grew, 30_000)).toBe(true);
  }, 120_000);

  it('says of dead letters that nobody knows, and why Kafka is down, where no broker answers', async () => {
    const alone = await startApi({ KAFKA_BROKERS: '127.0.0.1:1' }, '/health/live');
    try {
      const { deadLetters, parts } = await status(alone);
      expect(deadLetters).toEqual({
        [DEAD_LETTERS]: null,
        'gpu.metrics.v1.dlq': null,
        'token.usage.v1.dlq': null,
      });
      expect(parts.kafka).toEqual({ up: false, problem: expect.any(String) });
    } finally {
      await alone.stop();
    }
  });
});
