import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { AppProcess } from '@libs/testing/app-process';
import { head, portOf, postHead, startApi } from '../api';
import { deflateBomb, gzipBomb, zstdBomb } from '../bombs';
import { KeyFile } from '@libs/testing/key-file';
import { writeUntilClosed } from './attacker';
import { endless, manyKeys, numericKeys, prototypeKeys, vectorOf } from './hostile-bodies';
import { Neighbour } from './neighbour';
import { ATTACKERS, Siege, type Answer } from './siege';
import { LENGTHS, SMUGGLING } from './smuggling';

const MIB = 1024 * 1024;
/** Of a bomb; what others make the heap grow by is garbage that V8 collects when it likes. */
const MAX_BOMB_MIB = 64;

jest.setTimeout(120_000);

describe('the API under attack', () => {
  const file = new KeyFile();
  const withKey = { 'x-api-key': file.add('attacker') };
  const neighboursKey = { 'x-api-key': file.add('neighbour') };
  let api: AppProcess;
  let neighbour: Neighbour;
  let siege: Siege;

  beforeAll(async () => {
    api = await startApi({
      AUTH_MODE: 'required',
      API_KEYS_FILE: file.path,
      LOG_LEVEL: 'warn',
      BODY_IDLE_TIMEOUT_MS: '1000',
      MAX_CONNECTIONS: '1000',
      RATE_LIMIT_PER_MINUTE: '10000000',
    });
    neighbour = Neighbour.start(api.url, neighboursKey);
    siege = new Siege(api, neighbour, withKey);
    await siege.warmUp();
  });
  afterAll(async () => {
    neighbour.stop();
    await api.stop();
    file.remove();
  });

  it('holds as much of 400 stalled bodies of 1 MiB as it may, and refuses the others', async () => {
    const pieces = [postHead({ ...withKey, 'content-length': MIB }), Buffer.alloc(MIB - 1, ' ')];
    const stall = async (): Promise<Answer> => {
      const bodies = Array.from({ length: 400 / ATTACKERS }, () => siege.written(pieces));
      const answers = new Set(await Promise.all(bodies));
      return answers.has(503) ? 503 : 408;
    };
    expect(await siege.endure('400 bodies of 1 MiB that stall', stall)).toContain(503);
    expect(api.peakRssMib).toBeLessThan(512);
  });

  it.each([
    ['JSON that nests 100,000 levels deep', '['.repeat(100_000), 400],
    ['JSON objects that nest 100,000 levels deep', '{"a":'.repeat(100_000), 400],
    ['JSON with __proto__ and constructor', prototypeKeys(), 422],
    ['JSON with 60,000 keys that are multiples of 65,536', numericKeys(), 422],
    ['JSON with 80,000 keys', manyKeys(), 422],
    ['JSON of one string of 1 MiB', `"${'x'.repeat(MIB - 2)}"`, 422],
    ['JSON of 500,000 numbers in the vector', vectorOf(500_000), 422],
    ['JSON whose fault is behind 500,000 numbers', `${vectorOf(500_000)}x`, 400],
    ['JSON whose text of 1 MiB has no end', `"${'x'.repeat(MIB - 1)}`, 400],
  ])('refuses %s', async (name, body, status) => {
    expect(await siege.endure(name, () => siege.statusOf('/v1/metadata', body))).toEqual([status]);
  });

  it.each([
    ['gzip', gzipBomb(2 * MIB)],
    ['deflate', deflateBomb(2 * MIB)],
    ['zstd', zstdBomb(2 * MIB)],
  ])('inflates little of the 2 GiB in 2 MiB of %s', async (encoding, bomb) => {
    const targets = [
      ['/v1/metadata', 'application/json', bomb.subarray(0, MIB / 2)],
      ['/v1/metadata/batch', 'application/x-ndjson', bomb],
    ] as const;
    for (const [path, type, body] of targets) {
      const headers = { 'content-encoding': encoding, 'content-type': type };
      const name = `${encoding} bomb to ${path}`;
      expect(
        await siege.endure(name, () => siege.statusOf(path, body, headers), { maxGrowthMib: MAX_BOMB_MIB }),
      ).toEqual([413]);
    }
  });

  it.each([
    ['gzip', Buffer.concat(Array.from({ length: 50_000 }, () => gzipSync('')))],
    ['zstd', Buffer.concat(Array.from({ length: 100_000 }, () => zstdCompressSync('')))],
  ])('reads 1 MiB of empty members or frames of %s as quickly as one', async (encoding, body) => {
    const headers = { 'content-encoding': encoding };
    const attack = (): Promise<Answer> => siege.statusOf('/v1/metadata', body, headers);
    expect(
      await siege.endure(`empty members of ${encoding}`, attack, { maxGrowthMib: MAX_BOMB_MIB }),
    ).toEqual([400]);
  });

  it.each([
    ['MessagePack that claims 4 billion items', Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff])],
    ['MessagePack that claims 4 GiB of bytes', Buffer.from([0xc6, 0xff, 0xff, 0xff, 0xff])],
    ['MessagePack that nests 1,000,000 levels deep', Buffer.alloc(1_000_000, 0x91)],
  ])('refuses %s', async (name, body) => {
    const headers = { 'content-type': 'application/msgpack' };
    expect(await siege.endure(name, () => siege.statusOf('/v1/metadata', body, headers))).toEqual([400]);
  });

  it.each([
    ['a batch of 1,000,000 records', '{}\n'.repeat(1_000_000), 413],
    ['a batch of 1,000,000 lines that are no JSON', '{a\n'.repeat(1_000_000), 413],
    ['a batch that is one line of 16 MiB', Buffer.alloc(16 * MIB, 'x'), 413],
  ])('ends %s early', async (name, body, status) => {
    const headers = { 'content-type': 'application/x-ndjson' };
    const answers = await siege.endure(name, () => siege.statusOf('/v1/metadata/batch', body, headers));
    expect([[status], [207]]).toContainEqual(answers);
  });

  it('cuts endless chunked bodies off', async () => {
    const start = postHead({ ...withKey, 'transfer-encoding': 'chunked' });
    const chunk = `10000\r\n${' '.repeat(MIB / 16)}\r\n`;
    expect(await siege.endure('endless chunked body', () => siege.written(endless(start, chunk)))).toEqual([
      413,
    ]);
  });

  it('cuts endless headers off', async () => {
    const line = `X-Padding: ${'x'.repeat(1_000)}\r\n`;
    expect(
      await siege.endure('endless headers', () => siege.written(endless('GET / HTTP/1.1\r\n', line))),
    ).toContain(431);
    const short = (): Promise<Answer> => siege.written(endless('GET / HTTP/1.1\r\n', 'a:\r\n'.repeat(1_000)));
    expect(await siege.endure('endless short headers', short)).toContain(431);
  });

  it.each(Object.entries(SMUGGLING))(
    'answers once, and closes, to a request with %s',
    async (_shape, text) => {
      const { statuses } = await writeUntilClosed(portOf(api), [text]);
      expect([[400], [401]]).toContainEqual(statuses); // 401 where the head was sound, and no key in it
    },
  );

  it.each(Object.entries(LENGTHS))('answers once, and closes, to a request with %s', async (_shape, text) => {
    const { statuses } = await writeUntilClosed(portOf(api), [text]);
    expect([[400], [401]]).toContainEqual(statuses); // 401 where the head was sound, and no key in it
  });

  it('serves others beside all of these shapes', async () => {
    await siege.endure('request smuggling shapes', siege.anyOf(SMUGGLING));
    await siege.endure('duplicate and conflicting lengths', siege.anyOf(LENGTHS));
  });

  it.each([
    ['malformed percent-encoding', ['/%', '/%zz', '/v1/metadata/%e0%a4%a', '/%00%'], [400]],
    ['paths that are not canonical', ['/../../etc/passwd', '//', '/v1/./metadata', '/v1/metadata#'], [400]],
    ['paths that do not exist', ['/nowhere', `/${'a/'.repeat(4_000)}`], [404]],
  ])('refuses %s', async (name, paths, statuses) => {
    const ask = siege.anyOf(
      Object.fromEntries(
        paths.map((path) => [path, head(`GET ${path}`, { ...withKey, connection: 'close' })]),
      ),
    );
    expect(await siege.endure(name, ask)).toEqual(statuses);
  });

  it('refuses methods that do not exist or do not fit', async () => {
    const methods = ['BREW', 'TRACE', 'CONNECT', 'PROPFIND', 'DELETE', 'PUT', 'get'];
    const ask = siege.anyOf(
      Object.fromEntries(
        methods.map((method) => [
          method,
          head(`${method} /v1/metadata`, { ...withKey, connection: 'close' }),
        ]),
      ),
    );
    expect((await siege.endure('methods that do not exist', ask)).every((answer) => answer !== 200)).toBe(
      true,
    );
  });

  it('answers 2,000 pipelined requests', async () => {
    const requests = Buffer.from(
      head('GET /nowhere', withKey).repeat(2_000) + head('GET /', { ...withKey, connection: 'close' }),
    );
    expect(await siege.endure('2,000 pipelined requests', () => siege.written([requests]))).toEqual([404]);
  });

  it('serves the right key beside 10,000 wrong ones from its address', async () => {
    const wrong = { 'x-api-key': `${withKey['x-api-key'].slice(0, -4)}nope` };
    const guess = head('GET /v1/metadata', wrong);
    const last = head('GET /v1/metadata', { ...wrong, connection: 'close' });
    const guesses = (): Promise<Answer> => siege.written([guess.repeat(10_000 / ATTACKERS - 1) + last]);
    expect(await siege.endure('10,000 wrong keys', guesses)).toContain(429);
  });

  it.each([
    ['slow-loris: 2,000 unfinished heads', 'POST /v1/metadata HTTP/1.1\r\nHost: localhost\r\nX-Slow: '],
    ['2,000 connections that say nothing', ''],
  ])('goes on serving others beside %s', async (name, start) => {
    // Once: when some begin anew, the server may have room for all of theirs.
    const hold = (): Promise<Answer> => siege.holdConnections(start);
    expect(await siege.endure(name, hold, { attackMs: 0 })).toEqual(['closed']);
  });

  it('gives up on bodies that stop', async () => {
    const start = postHead({ ...withKey, 'content-length': 1_000 });
    expect(await siege.endure('slow bodies', () => siege.written([start, '{"model"']))).toEqual([408]);
  });
});
