import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { mongo } from 'mongoose';
import { eventually, type AppProcess } from '@libs/testing/app-process';
import { head, portOf, postHead, raw, startApi } from '../api';
import { storedDocument, testDatabase, type TestDatabase } from '../read-database';

const MAX_CONNECTIONS = 100;
const LIST = '/v1/metadata?limit=50&include=embedding&as=array';
const LARGE = head('GET /docs/swagger-ui-bundle.js', {}).repeat(6);

jest.setTimeout(180_000);

describe('clients that do not read their answers', () => {
  let held: Socket[] = [];

  afterEach(() => {
    for (const socket of held) socket.destroy();
    held = [];
  });

  const start = (env: NodeJS.ProcessEnv = {}): Promise<AppProcess> =>
    startApi({ MAX_CONNECTIONS: String(MAX_CONNECTIONS), ...env });

  /** Resolves once the answers of all are under way; more of them than kernels take. */
  async function stall(api: AppProcess, count: number, requests: string): Promise<void> {
    for (let at = 0; at < count; at++) {
      const socket = connect({ port: portOf(api), host: '127.0.0.1' }).on('error', () => undefined);
      held.push(socket);
      await once(socket, 'connect');
      socket.write(requests);
      await once(socket, 'readable');
    }
  }

  const statusOf = async (api: AppProcess, path: string): Promise<number> =>
    (await raw(api, head(`GET ${path}`, {}))).status;

  it('keep nobody out of a full server, and its health is told all the time', async () => {
    const api = await start();
    try {
      await stall(api, MAX_CONNECTIONS, LARGE);
      const isServed = async (): Promise<boolean> => {
        expect(await statusOf(api, '/health/live')).toBe(200);
        return (await statusOf(api, '/v1/status')) === 200;
      };
      for (let client = 0; client < 10; client++) expect(await eventually(isServed, 30_000)).toBe(true);
    } finally {
      await api.stop();
    }
  });

  it('lose their connections once they read nothing for ANSWER_IDLE_TIMEOUT_MS', async () => {
    const api = await start({ ANSWER_IDLE_TIMEOUT_MS: '2000' });
    try {
      await stall(api, 5, LARGE);
      // A client that does not read sees that it lost the connection when it writes.
      const isClosed = (socket: Socket): boolean => {
        if (!socket.destroyed) socket.write('\r\n');
        return socket.destroyed;
      };
      expect(await eventually(() => held.every(isClosed), 30_000)).toBe(true);
    } finally {
      await api.stop();
    }
  });

  describe('of lists', () => {
    const DOCUMENTS = 50;
    const FLOATS = 8_192;
    let test: TestDatabase;

    beforeAll(async () => {
      test = await testDatabase('unread_answers');
      const documents = Array.from({ length: DOCUMENTS }, (_, at) => {
        const embedding = Float32Array.from({ length: FLOATS }, () => Math.random() - 0.5);
        return storedDocument({
          _id: randomUUID(),
          embedding: mongo.Binary.fromFloat32Array(embedding),
          embeddingDimension: FLOATS,
          capturedAt: new Date(Date.UTC(2026, 0, 1) + at * 60_000),
        });
      });
      await test.database.collection<{ _id: string }>('gpu_metadata').insertMany(documents);
    });
    afterAll(() => test.drop());

    const startReading = (env: NodeJS.ProcessEnv = {}): Promise<AppProcess> =>
      start({ READ_MONGODB_URI: test.uri, MONGODB_DB: test.name, READ_TIMEOUT_MS: '60000', ...env });

    it.each(['br', 'identity'])(
      'keep the process below 512 MiB, and so do 50 who read theirs at one time: %s',
      async (encoding) => {
        const api = await startReading({ READ_TIMEOUT_MS: '10000' });
        const headers = { 'accept-encoding': encoding };
        const readAll = async (): Promise<number> => {
          const answer = await fetch(api.url + LIST, { headers });
          await answer.arrayBuffer();
          return answer.status;
        };
        try {
          const statuses = await Promise.all(Array.from({ length: 50 }, readAll));
          expect(statuses).toContain(200);
          const list = head(`GET ${LIST}`, headers);
          await Promise.all(Array.from({ length: 60 }, () => stall(api, 1, list)));
          expect(api.peakRssMib).toBeLessThan(512);
        } finally {
          await api.stop();
        }
      },
    );

    it('do not keep the process from ending at SIGTERM', async () => {
      const api = await startReading({ SHUTDOWN_GRACE_MS: '20000' });
      await stall(api, 1, head(`GET ${LIST}`, { 'accept-encoding': 'br' }).repeat(20));
      expect(await api.stop()).toBe(0);
    });
  });
});

describe('connections of one address', () => {
  it('are as many as MAX_CONNECTIONS_PER_ADDRESS at most, and each gets an answer', async () => {
    const api = await startApi({ MAX_CONNECTIONS_PER_ADDRESS: '5', BODY_IDLE_TIMEOUT_MS: '30000' });
    const body = postHead({ 'content-length': 9 });
    const busy: Socket[] = [];
    try {
      for (let at = 0; at < 5; at++) {
        const socket = connect({ port: portOf(api), host: '127.0.0.1' }).on('error', () => undefined);
        busy.push(socket);
        await once(socket, 'connect');
        socket.write(body);
      }
      const isFull = async (): Promise<boolean> =>
        (await raw(api, head('GET /v1/status', {}))).status === 503;
      expect(await eventually(isFull, 20_000)).toBe(true);
      expect((await raw(api, head('GET /health/live', {}))).status).toBe(200);
    } finally {
      for (const socket of busy) socket.destroy();
      await api.stop();
    }
  });
});
