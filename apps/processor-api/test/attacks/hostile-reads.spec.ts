import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { encodeCursor } from '@libs/contracts';
import { eventually, type AppProcess } from '@libs/testing/app-process';
import { postTo, startApi, type RequestHeaders } from '../api';
import { KeyFile } from '@libs/testing/key-file';
import { storedDocument, testDatabase, type TestDatabase } from '../read-database';

const POOL_SIZE = 4;
/** Far more than may run and wait. */
const FLOOD = 16 * POOL_SIZE;
const NEIGHBOURS_READS = 10;
const DOCUMENTS = 1_000;
const VECTOR = Array.from({ length: 128 }, (_, at) => (at % 7) + 0.5);

jest.setTimeout(120_000);

describe('readers who attack', () => {
  const file = new KeyFile();
  const attacker = { 'x-api-key': file.add('attacker') };
  const neighbour = { 'x-api-key': file.add('neighbour') };
  const eventId = randomUUID();
  let test: TestDatabase;
  let api: AppProcess;

  beforeAll(async () => {
    test = await testDatabase('hostile_reads');
    const documents = Array.from({ length: DOCUMENTS }, (_, at) =>
      storedDocument({
        _id: at === 0 ? eventId : randomUUID(),
        embedding: VECTOR,
        embeddingDimension: VECTOR.length,
        capturedAt: new Date(Date.UTC(2026, 0, 1) + at * 60_000),
      }),
    );
    await test.database.collection<{ _id: string }>('gpu_metadata').insertMany(documents);
    api = await startApi({
      AUTH_MODE: 'required',
      API_KEYS_FILE: file.path,
      LOG_LEVEL: 'error',
      RATE_LIMIT_PER_MINUTE: '10000000',
      READ_MONGODB_URI: test.uri,
      MONGODB_DB: test.name,
      READ_POOL_SIZE: String(POOL_SIZE),
      READ_TIMEOUT_MS: '60000',
    });
  });
  afterAll(async () => {
    await api.stop();
    await test.drop();
    file.remove();
  });

  const statusOf = async (request: Promise<Response>): Promise<number> => {
    const answer = await request;
    await answer.arrayBuffer();
    return answer.status;
  };
  const get = (path: string, headers: RequestHeaders): Promise<number> =>
    statusOf(fetch(api.url + path, { headers }));
  const search = (headers: RequestHeaders, body: object = { embedding: VECTOR }): Promise<number> =>
    statusOf(postTo(api, '/v1/metadata/search', JSON.stringify(body), headers));
  const attackerLists = (): Promise<number> =>
    get('/v1/metadata?tag=nobody&include=embedding&as=array', attacker);
  const neighbourReads = (): Promise<number> => get(`/v1/metadata/${eventId}`, neighbour);

  it('get 422 for cursors that they make up, and close the database for nobody', async () => {
    const years = [-271_821, -1, 0, 1, 1969, 1999, 10_000, 275_760];
    const instants = years.map((year) => new Date(new Date(0).setUTCFullYear(year, 5, 1)));
    const cursors = instants.map((capturedAt) => encodeCursor({ capturedAt, eventId }, {}));
    for (const cursor of [...cursors, ...cursors]) {
      expect([cursor, await get(`/v1/metadata?cursor=${cursor}`, attacker)]).toEqual([cursor, 422]);
      expect(await neighbourReads()).toBe(200);
    }
  });

  it('find no value in a parameter or a body that comes to more than a refusal', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 140 }),
      fc.constantFrom('\0', '$where', '{"$ne":1}', '__proto__', '9'.repeat(15), '-0', '1e400', 'NaN'),
      fc.date({ noInvalidDate: true }).map((at) => at.toISOString()),
      fc.date({ noInvalidDate: true }).map((capturedAt) => encodeCursor({ capturedAt, eventId }, {})),
      fc.uuid(),
    );
    const name = fc.constantFrom(
      'model',
      'deviceName',
      'tag',
      'from',
      'to',
      'limit',
      'cursor',
      'include',
      'as',
    );
    const query = fc
      .array(fc.tuple(name, text), { minLength: 1, maxLength: 3 })
      .map((pairs) => pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&'));
    const target = fc.oneof(
      query.map((parameters) => `/v1/metadata?${parameters}`),
      query.map((parameters) => `/v1/metadata/stats?${parameters}`),
      text.map((id) => `/v1/metadata/${encodeURIComponent(id)}`),
      query.map((parameters) => `/v1/metadata/${eventId}?${parameters}`),
    );
    const vector = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
      minLength: 1,
      maxLength: 3,
    });
    const body = fc.record({
      embedding: vector,
      k: fc.oneof(fc.integer(), fc.double(), fc.constant(1)),
      filter: fc.dictionary(name, fc.string({ unit: 'grapheme' }), { maxKeys: 2 }),
    });
    const answers = fc.asyncProperty(target, body, async (path, searched) => {
      expect(await get(path, attacker)).toBeLessThan(500);
      expect(await search(attacker, searched)).toBeLessThan(500);
    });
    await fc.assert(answers, { numRuns: 200 });
  });

  it.each([
    ['reading', 'lists', attackerLists, neighbourReads],
    ['searching', 'searches', () => search(attacker), () => search(neighbour)],
  ])('cannot keep others from %s by a flood of %s', async (_kind, _flood, act, asNeighbour) => {
    let isOver = false;
    const answers: number[] = [];
    const onAndOn = async (): Promise<void> => {
      while (!isOver) answers.push(await act());
    };
    const flood = Promise.all(Array.from({ length: FLOOD }, onAndOn));
    try {
      expect(await eventually(() => answers.includes(503), 60_000)).toBe(true);
      for (let i = 0; i < NEIGHBOURS_READS; i++) expect(await asNeighbour()).toBe(200);
    } finally {
      isOver = true;
      await flood;
    }
    expect(new Set(answers)).toEqual(new Set([200, 503]));
  });
});
