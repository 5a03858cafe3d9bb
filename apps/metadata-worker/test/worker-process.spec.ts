import { request } from 'node:http';
import { AppProcess } from '@libs/testing/app-process';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';

const WRONG = {
  PORT: '99999',
  LOG_LEVEL: 'loud',
  MONGODB_URI: 'mongodb://bob:Geheim%zz@db.internal:27017/?nonsense=1',
  BATCH_MAX_RECORDS: '0',
  EMBEDDING_STORAGE: 'tape',
  KAFKA_BROKERS: 'kafka',
  KAFKA_SASL_MECHANISM: 'plain',
  KAFKA_SASL_PASSWORD: 'Geheim-too',
  KAFKA_SSL: 'true',
  KAFKA_SSL_CA_FILE: '/nowhere/ca.pem',
};
const FAULTY = [
  'BATCH_MAX_RECORDS',
  'EMBEDDING_STORAGE',
  'KAFKA_BROKERS',
  'KAFKA_SASL_USERNAME',
  'KAFKA_SSL_CA_FILE',
  'LOG_LEVEL',
  'MONGODB_URI',
  'PORT',
];

describe('the worker process', () => {
  let worker: WorkerUnderTest;
  let app: AppProcess;

  beforeAll(async () => {
    worker = await WorkerUnderTest.prepare();
    app = await worker.start();
  });
  afterAll(async () => {
    await app.stop();
    await worker.discard();
  });

  it('refuses wrong settings with one message that lists every fault and no value', async () => {
    const refused = AppProcess.spawn('metadata-worker', WRONG);
    expect(await refused.exited).toBe(1);
    const lines = refused.output.trim().split('\n');
    expect(lines[0]).toBe('The configuration has 8 fault(s):');
    const named = lines.slice(1).map((line) => /^ {2}([A-Z_]+): \S/.exec(line)?.[1]);
    expect(named.sort()).toEqual(FAULTY);
    expect(refused.output).not.toMatch(/Geheim|nonsense|db\.internal|tape|loud/);
  });

  it.each([
    'mongodb://bob:Geheim@',
    'mongodb://bob:Geh%zzeim@localhost/',
    'mongodb://bob:Geheim@localhost/?nonsense=1',
    'localhost:27017/Geheim',
  ])('never prints what is in a connection string it refuses: %s', async (uri) => {
    const refused = AppProcess.spawn('metadata-worker', { MONGODB_URI: uri });
    expect(await refused.exited).toBe(1);
    expect(refused.output).toBe(
      'The configuration has 1 fault(s):\n' +
        '  MONGODB_URI: must be a connection string of MongoDB with options it knows\n',
    );
  });

  it('goes on trying when the database refuses its login, and says why without the password', async () => {
    const uri = new URL(worker.env().MONGODB_URI!);
    uri.username = 'bob';
    uri.password = 'Geheim';
    const env = worker.env({ MONGODB_URI: uri.href });
    const locked = await AppProcess.start('metadata-worker', env, '/health/live');
    await locked.until('/health/ready', 503);
    expect(await locked.stop()).toBe(0);
    expect(locked.output).toContain('cannot connect to the database yet');
    expect(locked.output).not.toContain('Geheim');
  });

  it('answers probes and metrics on its port', async () => {
    for (const path of ['/health', '/health/live', '/health/ready']) {
      const response = await fetch(app.url + path);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ status: 'ok', error: {} });
    }
    expect(await (await fetch(`${app.url}/health`)).json()).toMatchObject({
      info: { process: { status: 'up' }, kafka: { status: 'up' }, database: { status: 'up' } },
    });
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    for (const name of ['process_resident_memory_bytes', 'consumer_batch_duration_seconds']) {
      expect(metrics).toContain(name);
    }
  });

  it.each(['/metrics', '/%6detrics', '/metrics#'])(
    'tells %s to this machine alone: to no proxy, and to no page of another name',
    async (path) => {
      expect(await statusOf(app, path, {})).toBe(200);
      expect(await statusOf(app, path, { 'x-forwarded-for': '127.0.0.1' })).toBe(403);
      expect(await statusOf(app, path, { host: 'evil.example' })).toBe(403);
      expect(await statusOf(app, '/health/live', { host: 'evil.example' })).toBe(200);
    },
  );

  it('tells its metrics to METRICS_CIDRS, as TRUSTED_PROXIES name who asks', async () => {
    const env = worker.env({ METRICS_CIDRS: '203.0.113.0/24', TRUSTED_PROXIES: '127.0.0.1/32' });
    const proxied = await AppProcess.start('metadata-worker', env, '/health/live');
    try {
      expect(await statusOf(proxied, '/metrics', { 'x-forwarded-for': '203.0.113.7' })).toBe(200);
      expect(await statusOf(proxied, '/metrics', { 'x-forwarded-for': '198.51.100.1' })).toBe(403);
    } finally {
      await proxied.stop();
    }
  });

  it('sends what narrows the ways of a browser with every answer', async () => {
    for (const path of ['/metrics', '/health', '/nowhere']) {
      const { headers } = await fetch(app.url + path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  it('writes its log as one JSON object a line', () => {
    const lines = app.output.trim().split('\n');
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({ service: 'metadata-worker', time: expect.any(String) });
    }
    expect(lines.length).toBeGreaterThan(1);
  });

  it('ends with 0 within a few seconds of SIGTERM', async () => {
    const begun = performance.now();
    expect(await app.stop()).toBe(0);
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect(app.output).toContain('"msg":"stopped"');
  });
});

/** `fetch` sends no other Host than that of the URL, and no fragment. */
function statusOf(app: AppProcess, path: string, headers: Record<string, string>): Promise<number> {
  const { hostname, port } = new URL(app.url);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}
