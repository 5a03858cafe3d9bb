import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import type { mongo } from 'mongoose';
import type { AppProcess } from '@libs/testing/app-process';
import { portOf, startApi } from './api';
import { storedDocument, testDatabase, type TestDatabase } from './read-database';

jest.setTimeout(120_000);

describe('the answers to reads', () => {
  let test: TestDatabase;
  let api: AppProcess;
  const documents = (): mongo.Collection<ReturnType<typeof storedDocument>> =>
    test.database.collection('gpu_metadata');

  beforeAll(async () => {
    test = await testDatabase('read_answers');
    api = await startApi({ READ_MONGODB_URI: test.uri, MONGODB_DB: test.name });
  });
  afterAll(async () => {
    await api.stop();
    await test.drop();
  });
  afterEach(() => documents().deleteMany({}));

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
    ['zstd', zstdDecompressSync],
  ])('compresses an answer of some size as %s', async (encoding, inflate) => {
    await documents().insertMany(Array.from({ length: 100 }, () => storedDocument()));
    const answer = await bytesOf(portOf(api), '/v1/metadata?limit=100', { 'accept-encoding': encoding });
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(answer.headers.vary).toBe('accept-encoding');
    const whole = inflate(answer.body);
    expect((JSON.parse(whole.toString()) as { items: unknown[] }).items).toHaveLength(100);
    expect(answer.body.length).toBeLessThan(whole.length / 4);
    const small = await bytesOf(portOf(api), '/v1/gpus', { 'accept-encoding': encoding });
    expect(small.headers['content-encoding']).toBeUndefined();
    expect(small.headers.vary).toBe('accept-encoding');
    const written = await fetch(`${api.url}/v1/metadata`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-encoding': encoding },
      body: JSON.stringify(
        Object.fromEntries(Array.from({ length: 90 }, (_, index) => [`field${index}`, 1])),
      ),
    });
    expect(written.status).toBe(422);
    expect(written.headers.get('content-encoding')).toBeNull();
  });

  it('answers HEAD as GET, without the body', async () => {
    await documents().insertOne(storedDocument());
    for (const path of ['/v1/metadata', '/v1/gpus', '/gpu/info']) {
      const [head, whole] = await Promise.all([
        fetch(api.url + path, { method: 'HEAD', headers: { 'accept-encoding': 'identity' } }),
        fetch(api.url + path, { headers: { 'accept-encoding': 'identity' } }),
      ]);
      expect(head.status).toBe(200);
      expect(await head.text()).toBe('');
      expect(head.headers.get('content-length')).toBe(String((await whole.arrayBuffer()).byteLength));
    }
    expect((await fetch(`${api.url}/v1/metadata/${randomUUID()}`, { method: 'HEAD' })).status).toBe(404);
  });
});

interface RawBody {
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

/** The bytes as they came: fetch inflates them. */
function bytesOf(port: number, path: string, headers: Record<string, string> = {}): Promise<RawBody> {
  return new Promise((resolve, reject) => {
    request({ port, path, headers }, (response) => {
      const pieces: Buffer[] = [];
      response
        .on('data', (piece: Buffer) => pieces.push(piece))
        .on('error', reject)
        .on('end', () => {
          resolve({ headers: response.headers, body: Buffer.concat(pieces) });
        });
    })
      .on('error', reject)
      .end();
  });
}
