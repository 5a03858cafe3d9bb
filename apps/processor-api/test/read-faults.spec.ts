import { randomUUID } from 'node:crypto';
import { submissionBody } from '@libs/contracts/testing';
import { freePort } from '../../../tools/stack/port-holder';
import { eventually, type AppProcess } from '@libs/testing/app-process';
import { TcpGate } from '@libs/testing/tcp-gate';
import { post, problem, refusalOf, startApi, type Refusal } from './api';
import { storedDocument, testDatabase, type TestDatabase } from './read-database';

const READ_TIMEOUT_MS = 1_000;
/** What a loaded machine adds. */
const GENEROUS_MS = 10_000;
const POOL_SIZE = 2;

jest.setTimeout(180_000);

describe('reads of a database that is slow or away', () => {
  let test: TestDatabase;
  let gate: TcpGate;
  let api: AppProcess;
  const { _id: eventId } = storedDocument();
  const read = async (path = `/v1/metadata/${eventId}`): Promise<Refusal> => {
    const startedAt = performance.now();
    const answer = await refusalOf(await fetch(api.url + path));
    expect(performance.now() - startedAt).toBeLessThan(READ_TIMEOUT_MS + GENEROUS_MS);
    return answer;
  };
  const write = async (): Promise<number> =>
    (await post(api, JSON.stringify(submissionBody({ eventId: randomUUID() })))).status;
  const readsAgain = (): Promise<boolean> => eventually(async () => (await read()).status === 200, 60_000);

  beforeAll(async () => {
    test = await testDatabase('read_faults');
    await test.database
      .collection<{ _id: string }>('gpu_metadata')
      .insertOne(storedDocument({ _id: eventId }));
    const target = new URL(test.uri);
    gate = new TcpGate(await freePort(), { host: target.hostname, port: Number(target.port) });
    await gate.open();
    api = await startApi({
      READ_MONGODB_URI: `mongodb://127.0.0.1:${gate.port}/?directConnection=true`,
      MONGODB_DB: test.name,
      READ_TIMEOUT_MS: String(READ_TIMEOUT_MS),
      READ_POOL_SIZE: String(POOL_SIZE),
    });
  });
  beforeEach(async () => {
    await gate.open();
    expect(await readsAgain()).toBe(true);
  });
  afterAll(async () => {
    await api.stop();
    await gate.close();
    await test.drop();
  });

  it('time out with 504 while nothing comes back, are then refused at once, and writes go on', async () => {
    gate.hold();
    const paths = [`/v1/metadata/${eventId}`, '/v1/metadata', '/gpu/info', '/v1/gpus', '/v1/metadata/stats'];
    const [first, ...rest] = await Promise.all([read(paths[0]), ...paths.slice(1).map(() => write())]);
    expect(first).toMatchObject(problem(504, 'read_timeout'));
    expect(first.headers.get('retry-after')).toBe('5');
    expect(rest).toEqual(rest.map(() => 202));
    const answers = await Promise.all(paths.map((path) => read(path)));
    for (const { status, problem: told } of answers) {
      expect([`504 read_timeout`, '503 store_unavailable']).toContain(`${status} ${told.code}`);
    }
    const refused = await eventually(async () => (await read()).problem.code === 'store_unavailable', 30_000);
    expect(refused).toBe(true);
    expect(await write()).toBe(202);
    expect(await api.status('/health/ready')).toBe(200);
    gate.heal();
    expect(await readsAgain()).toBe(true);
  });

  it('are 503 while the database refuses connections, and come back with it', async () => {
    await gate.close();
    const refused = await eventually(async () => {
      const answer = await read();
      expect([503, 504]).toContain(answer.status);
      expect(answer.headers.get('retry-after')).toBe('5');
      return answer.problem.code === 'store_unavailable';
    }, 30_000);
    expect(refused).toBe(true);
    expect(await write()).toBe(202);
    expect(await api.status('/health/ready')).toBe(200);
    await gate.open();
    expect(await readsAgain()).toBe(true);
  });

  it('are 503 or 504, never 500, on a connection that breaks under them', async () => {
    for (let round = 0; round < 5; round++) {
      await gate.open();
      expect(await readsAgain()).toBe(true);
      await gate.close();
      const answers = await Promise.all([read(), read()]);
      for (const { status } of answers) expect([503, 504]).toContain(status);
    }
  });

  it('are bounded: what finds too many waiting is refused at once', async () => {
    gate.hold();
    const answers = await Promise.all(Array.from({ length: 40 }, () => read()));
    const codes = answers.map(({ problem: told }) => told.code);
    expect(codes.filter((code) => code === 'overloaded').length).toBeGreaterThanOrEqual(40 - 5 * POOL_SIZE);
    expect(await write()).toBe(202);
    gate.heal();
  });

  it('tells nothing of the database in its answers, and its address is in no metric', async () => {
    await gate.close();
    const { problem: told } = await read();
    expect(JSON.stringify(told)).not.toContain(String(gate.port));
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    expect(metrics).toMatch(/^reads_refused_by_circuit [01]$/m);
  });
});

describe('an API whose database was never there', () => {
  it('starts, is ready, writes, and answers reads with 503', async () => {
    const uri = `mongodb://reader:s3cret-word@127.0.0.1:${await freePort()}/?directConnection=true`;
    const api = await startApi({ READ_MONGODB_URI: uri, READ_TIMEOUT_MS: String(READ_TIMEOUT_MS) });
    expect((await post(api, JSON.stringify(submissionBody({ eventId: randomUUID() })))).status).toBe(202);
    const refusal = await refusalOf(await fetch(`${api.url}/v1/metadata/${eventIdOfNothing}`));
    expect(refusal).toMatchObject(problem(503, 'store_unavailable'));
    expect(await api.stop()).toBe(0);
    expect(api.output).not.toContain('s3cret-word');
  });
});

const eventIdOfNothing = '0190b6a4-7c1e-7b3a-9c55-2f0f8d3f4a11';
