import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { submissionBody } from '@libs/contracts/testing';
import { eventually, type AppProcess } from '@libs/testing/app-process';
import { head, portOf, postHead, startApi } from './api';
import { writeThenEnd } from './raw-exchange';
import { storedDocument, testDatabase, type TestDatabase } from './read-database';

jest.setTimeout(60_000);

describe('a client that ends its side of the connection', () => {
  let api: AppProcess;
  let test: TestDatabase;

  beforeAll(async () => {
    test = await testDatabase('half-closed');
    await test.database.collection<{ _id: string }>('gpu_metadata').insertOne(storedDocument());
    api = await startApi({ READ_MONGODB_URI: test.uri, MONGODB_DB: test.name });
  });
  afterAll(async () => {
    await api.stop();
    await test.drop();
  });

  const open = (): Socket => connect({ port: portOf(api), host: '127.0.0.1' });

  function post(path: string, body: string, type = 'application/json'): string {
    return postHead({ 'content-type': type, 'content-length': Buffer.byteLength(body) }, path) + body;
  }

  const record = (): string => JSON.stringify(submissionBody({ eventId: randomUUID() }));
  const search = JSON.stringify({ embedding: [0.5, -1, 0.1], k: 1 });

  it.each([
    ['a record', 202, post('/v1/metadata', record())],
    ['a batch', 202, post('/v1/metadata/batch', [record(), record()].join('\n'), 'application/x-ndjson')],
    ['a read', 200, head('GET /v1/metadata?model=resnet50', {})],
    ['a search', 200, post('/v1/metadata/search', search)],
    ['a refused record', 422, post('/v1/metadata', '{}')],
    ['a probe over HTTP/1.0', 200, head('GET /health/ready', {}, '1.0')],
  ])('behind %s gets its %i', async (_name, status, request) => {
    expect(await writeThenEnd(open(), request)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} [^]*\\}$`));
  });

  it('behind several requests gets all of their answers', async () => {
    const answers = await writeThenEnd(open(), post('/v1/metadata', record()).repeat(3));
    expect(answers.match(/HTTP\/1\.1 202 /g)).toHaveLength(3);
  });

  it('inside a body gets no 202, and is not waited for', async () => {
    const eventId = randomUUID();
    const body = JSON.stringify(submissionBody({ eventId }));
    const text = postHead({ 'content-length': body.length + 1 }) + body;
    expect(await writeThenEnd(open(), text)).toMatch(/^HTTP\/1\.1 400 [^]*"code":"invalid_request"/);
    expect(await eventually(() => api.output.includes('"status":408'), 20_000)).toBe(true);
    expect(api.output).not.toContain(eventId);
  });
});
