import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { AppProcess, eventually } from '@libs/testing/app-process';
import { head, portOf, postHead, problem, raw, startApi } from './api';

const MAX_CONNECTIONS = 4;

describe(`a server that takes ${MAX_CONNECTIONS} connections`, () => {
  let api: AppProcess;
  let held: Socket[] = [];

  beforeAll(async () => {
    api = await startApi({ MAX_CONNECTIONS: String(MAX_CONNECTIONS), AUTH_MODE: 'required' });
  });
  afterEach(() => {
    for (const socket of held) socket.destroy();
    held = [];
  });
  afterAll(() => api.stop());

  async function hold(count: number, start: string): Promise<void> {
    for (let i = 0; i < count; i++) {
      const socket = connect({ port: portOf(api), host: '127.0.0.1' }).on('error', () => undefined);
      await once(socket, 'connect');
      socket.resume().write(start);
      held.push(socket);
    }
  }

  it.each([
    ['say nothing', ''],
    ['never finish their headers', 'POST /v1/metadata HTTP/1.1\r\nHost: localhost\r\nX-Slow: '],
    ['were answered and say nothing more', head('GET /health/live', {})],
  ])('closes the oldest of those that %s to let others in', async (_name, start) => {
    await hold(3 * MAX_CONNECTIONS, start);
    for (let i = 0; i < 5; i++) expect((await raw(api, head('GET /health/live', {}))).status).toBe(200);
    const isClosed = ({ destroyed, closed }: Socket): boolean => destroyed || closed;
    const oldest = held.slice(0, 2 * MAX_CONNECTIONS);
    expect(await eventually(() => oldest.every(isClosed), 20_000)).toBe(true);
  });
});

describe('a server that starts', () => {
  it('keeps idle connections for 620 s, warns of too few descriptors, and shares its port with no other', async () => {
    const api = await startApi({ MAX_CONNECTIONS: '100000' });
    try {
      const answer = await raw(api, head('GET /health/live', {}));
      expect(answer.headers.get('keep-alive')).toBe('timeout=620');
      expect(api.output).toMatch(/"descriptorLimit":\d+,"maxConnections":100000,/);
      const settings = { AUTH_MODE: 'off', KAFKA_BROKERS: process.env.TEST_KAFKA_BROKERS };
      const second = AppProcess.spawn('processor-api', { ...settings, PORT: String(portOf(api)) });
      expect(await second.exited).toBe(1);
      expect(second.output).toContain('another program holds the port');
    } finally {
      await api.stop();
    }
  });
});

describe('a server whose connections all wait for answers', () => {
  it('refuses further requests until one of them is answered', async () => {
    const api = await startApi({ MAX_CONNECTIONS: '2', BODY_IDLE_TIMEOUT_MS: '2000' });
    try {
      const waiting = [await unfinishedRequest(api), await unfinishedRequest(api)];
      const refused = await raw(api, head('GET /v1/status', {}));
      expect(refused).toMatchObject(problem(503, 'overloaded'));
      expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
      for (const socket of waiting)
        expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 408 /);
      expect((await raw(api, head('GET /v1/status', {}))).status).toBe(200);
    } finally {
      await api.stop();
    }
  });

  /** Told to go on, its client knows that the request is under way. */
  async function unfinishedRequest(api: AppProcess): Promise<Socket> {
    const socket = connect({ port: portOf(api), host: '127.0.0.1' });
    socket.write(postHead({ 'content-length': 100, expect: '100-continue' }));
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1.1 100 /);
    return socket;
  }
});

describe('a server with few descriptors', () => {
  const DESCRIPTOR_LIMIT = 300;
  let api: AppProcess;
  let held: Socket[] = [];

  beforeAll(async () => {
    api = await startApi();
    execFileSync('prlimit', [`--pid=${api.pid}`, `--nofile=${DESCRIPTOR_LIMIT}`]);
  });
  afterAll(async () => {
    for (const socket of held) socket.destroy();
    await api.stop();
  });

  it('logs once that none is left, and serves others again afterwards', async () => {
    held = Array.from({ length: 2 * DESCRIPTOR_LIMIT }, () =>
      connect(portOf(api), '127.0.0.1')
        .on('error', () => undefined)
        .resume(),
    );
    expect(await eventually(() => api.output.includes('EMFILE'), 20_000)).toBe(true);
    for (const socket of held) socket.destroy();
    await api.until('/health/live');
    expect(api.output.split('connections are closed without an answer')).toHaveLength(2);
  });
});
