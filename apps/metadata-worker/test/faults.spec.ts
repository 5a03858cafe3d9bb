import { Part } from '../../../tools/stack/part';
import { startStack } from '../../../tools/stack/stack';
import type { StackSettings } from '../../../tools/stack/stack-settings';
import { ownTemporaryStack, removeStack } from '../../../tools/stack/test/temporary-stack';
import { AppProcess, eventually } from '../../../tools/testing/app-process';
import { Ledger } from './ledger';

const PUBLISH_TIMEOUT_MS = 2_000;
const MAX_RSS_MIB = 512;

describe('the pipeline under faults', () => {
  let stack: StackSettings;
  let kafka: Part;
  let database: Part;
  let env: NodeJS.ProcessEnv;
  let api: AppProcess;
  let worker: AppProcess;
  let ledger: Ledger;

  beforeAll(async () => {
    stack = await ownTemporaryStack();
    const addresses = await startStack(stack);
    kafka = addresses.kafka!;
    database = addresses.database!;
    env = {
      KAFKA_BROKERS: addresses.kafkaBrokers,
      MONGODB_URI: addresses.mongodbUri,
      AUTH_MODE: 'off',
      PUBLISH_TIMEOUT_MS: String(PUBLISH_TIMEOUT_MS),
    };
    ledger = new Ledger(addresses.mongodbUri, 'ca4');
    [api, worker] = await Promise.all([
      AppProcess.start('processor-api', env),
      AppProcess.start('metadata-worker', env),
    ]);
  }, 120_000);

  afterAll(async () => {
    await ledger.close();
    await Promise.all([api.stop(), worker.stop()]);
    await removeStack(stack);
  }, 60_000);

  async function expectRefusedInTime(): Promise<void> {
    const startedAt = performance.now();
    const response = await ledger.post(api.url);
    expect(response?.status).toBe(503);
    expect(response?.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(response?.headers.get('content-type')).toBe('application/problem+json');
    expect(performance.now() - startedAt).toBeLessThan(PUBLISH_TIMEOUT_MS + 1_500);
    await api.until('/health/ready', 503);
    expect(await api.status('/health/live')).toBe(200);
    expect(await worker.status('/health/live')).toBe(200);
  }

  async function expectServiceAgain(): Promise<void> {
    expect(await eventually(async () => (await ledger.post(api.url))?.status === 202, 30_000)).toBe(true);
    await api.until('/health/ready');
    await worker.until('/health/ready');
    expect(await ledger.lost()).toEqual([]);
  }

  it('refuses while Kafka is down and serves again without a restart', async () => {
    await ledger.fill(api.url, 50);
    kafka.kill('SIGKILL');
    await expectRefusedInTime();
    await startStack(stack);
    await expectServiceAgain();
  }, 120_000);

  it('refuses while Kafka is frozen and serves again without a restart', async () => {
    kafka.kill('SIGSTOP');
    await expectRefusedInTime();
    kafka.kill('SIGCONT');
    await expectServiceAgain();
  }, 120_000);

  it.each([
    ['down', 'SIGKILL'],
    ['frozen', 'SIGSTOP'],
  ] as const)(
    'keeps records on the topic while the database is %s and stores them when it is back',
    async (_, signal) => {
      database.kill(signal);
      await ledger.fill(api.url, 1_000);
      await worker.until('/health/ready', 503);
      expect(await worker.status('/health/live')).toBe(200);
      expect(await api.status('/health/ready')).toBe(200);
      expect(worker.rssMib).toBeLessThan(MAX_RSS_MIB);
      if (signal === 'SIGSTOP') database.kill('SIGCONT');
      else await startStack(stack);
      expect(await ledger.lost()).toEqual([]);
      expect(worker.rssMib).toBeLessThan(MAX_RSS_MIB);
      await worker.until('/health/ready');
    },
    180_000,
  );

  it('stores again within 30 s after the worker was killed and started', async () => {
    let isOver = false;
    const load = ledger.load(api.url, () => isOver);
    worker.signal('SIGKILL');
    await worker.exited;
    const startedAt = performance.now();
    worker = await AppProcess.start('metadata-worker', env);
    isOver = true;
    await load;
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    expect(await ledger.lost()).toEqual([]);
  }, 120_000);

  it('finishes its batch, commits and exits 0 when the worker is told to stop under load', async () => {
    let isOver = false;
    const load = ledger.load(api.url, () => isOver);
    await eventually(async () => (await ledger.missing()).length < ledger.size, 10_000);
    expect(await worker.stop()).toBe(0);
    isOver = true;
    await load;
    worker = await AppProcess.start('metadata-worker', env);
    expect(await ledger.lost()).toEqual([]);
  }, 120_000);

  it('answers what it accepted and exits 0 when the API is told to stop under load', async () => {
    let isOver = false;
    const load = ledger.load(api.url, () => isOver);
    const before = ledger.size;
    await eventually(() => ledger.size > before + 100, 10_000);
    expect(await api.stop()).toBe(0);
    isOver = true;
    await load;
    expect(await ledger.lost()).toEqual([]);
    api = await AppProcess.start('processor-api', env);
  }, 120_000);
});
