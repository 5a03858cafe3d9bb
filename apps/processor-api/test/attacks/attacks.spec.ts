import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { submissionBody } from '@libs/contracts/testing';
import { eventually, type AppProcess } from '../../../../tools/testing/app-process';
import { runStackSettings } from '../../../../tools/stack/test/run-stack';
import { head, portOf, postHead, postTo, startApi, type Body, type RequestHeaders } from '../api';
import { gzipBomb, zstdBomb } from '../bombs';
import { KeyFile } from '../key-file';
import { AttackTable } from './attack-table';
import { writeUntilClosed } from './attacker';
import { Neighbour } from './neighbour';
import { LENGTHS, SMUGGLING } from './smuggling';

const MIB = 1024 * 1024;
const ATTACKERS = 8;
const ATTACK_MS = 800;
/** Of a bomb; what others make the heap grow by is garbage that V8 collects when it likes. */
const MAX_BOMB_MIB = 64;
const MAX_GROWTH_MIB = 256;
const SAMPLE_MS = 10;
/** Of all attackers together; the API takes 1,000. */
const CONNECTIONS = 2_000;

type Answer = number | 'closed';

jest.setTimeout(120_000);

describe('the API under attack', () => {
  const file = new KeyFile();
  const withKey = { 'x-api-key': file.add('attacker') };
  const neighboursKey = { 'x-api-key': file.add('neighbour') };
  let api: AppProcess;
  let neighbour: Neighbour;

  beforeAll(async () => {
    api = await startApi({
      AUTH_MODE: 'required',
      API_KEYS_FILE: file.path,
      LOG_LEVEL: 'warn',
      BODY_IDLE_TIMEOUT_MS: '1000',
      RATE_LIMIT_PER_MINUTE: '10000000',
    });
    neighbour = Neighbour.start(api.url, neighboursKey);
    await warmUp();
  });
  afterAll(async () => {
    neighbour.stop();
    await api.stop();
    file.remove();
  });

  it.each([
    ['JSON that nests 100,000 levels deep', '['.repeat(100_000), 400],
    ['JSON objects that nest 100,000 levels deep', '{"a":'.repeat(100_000), 400],
    ['JSON with __proto__ and constructor', prototypeKeys(), 422],
    ['JSON with 60,000 keys that are multiples of 65,536', numericKeys(), 422],
    ['JSON with 80,000 keys', manyKeys(), 422],
    ['JSON of one string of 1 MiB', `"${'x'.repeat(MIB - 2)}"`, 422],
    ['JSON of 500,000 numbers in the vector', vectorOf(500_000), 422],
  ])('refuses %s', async (name, body, status) => {
    expect(await endure(name, () => statusOf('/v1/metadata', body))).toEqual([status]);
  });

  it.each([
    ['gzip', gzipBomb(2 * MIB)],
    ['zstd', zstdBomb(2 * MIB)],
  ])('inflates little of the 2 GiB in 2 MiB of %s', async (encoding, bomb) => {
    const targets = [
      ['/v1/metadata', 'application/json', bomb.subarray(0, MIB / 2)],
      ['/v1/metadata/batch', 'application/x-ndjson', bomb],
    ] as const;
    for (const [path, type, body] of targets) {
      const headers = { 'content-encoding': encoding, 'content-type': type };
      const name = `${encoding} bomb to ${path}`;
      expect(await endure(name, () => statusOf(path, body, headers), MAX_BOMB_MIB)).toEqual([413]);
    }
  });

  it.each([
    ['MessagePack that claims 4 billion items', Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff])],
    ['MessagePack that claims 4 GiB of bytes', Buffer.from([0xc6, 0xff, 0xff, 0xff, 0xff])],
    ['MessagePack that nests 1,000,000 levels deep', Buffer.alloc(1_000_000, 0x91)],
  ])('refuses %s', async (name, body) => {
    const headers = { 'content-type': 'application/msgpack' };
    expect(await endure(name, () => statusOf('/v1/metadata', body, headers))).toEqual([400]);
  });

  it.each([
    ['a batch of 1,000,000 records', '{}\n'.repeat(1_000_000), 413],
    ['a batch that is one line of 16 MiB', Buffer.alloc(16 * MIB, 'x'), 413],
  ])('ends %s early', async (name, body, status) => {
    const headers = { 'content-type': 'application/x-ndjson' };
    const answers = await endure(name, () => statusOf('/v1/metadata/batch', body, headers));
    expect([[status], [207]]).toContainEqual(answers);
  });

  it('cuts endless chunked bodies off', async () => {
    const start = postHead({ ...withKey, 'transfer-encoding': 'chunked' });
    const chunk = `10000\r\n${' '.repeat(MIB / 16)}\r\n`;
    expect(await endure('endless chunked body', () => written(endless(start, chunk)))).toEqual([413]);
  });

  it('cuts endless headers off', async () => {
    const line = `X-Padding: ${'x'.repeat(1_000)}\r\n`;
    expect(await endure('endless headers', () => written(endless('GET / HTTP/1.1\r\n', line)))).toContain(
      431,
    );
    const short = (): Promise<Answer> => written(endless('GET / HTTP/1.1\r\n', 'a:\r\n'.repeat(1_000)));
    expect(await endure('endless short headers', short)).toContain(431);
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
    await endure('request smuggling shapes', anyOf(SMUGGLING));
    await endure('duplicate and conflicting lengths', anyOf(LENGTHS));
  });

  it.each([
    ['malformed percent-encoding', ['/%', '/%zz', '/v1/metadata/%e0%a4%a', '/%00%'], [400]],
    ['paths that do not exist', ['/nowhere', '/../../etc/passwd', `/${'a/'.repeat(4_000)}`, '//'], [404]],
  ])('refuses %s', async (name, paths, statuses) => {
    const ask = anyOf(
      Object.fromEntries(
        paths.map((path) => [path, head(`GET ${path}`, { ...withKey, connection: 'close' })]),
      ),
    );
    expect(await endure(name, ask)).toEqual(statuses);
  });

  it('refuses methods that do not exist or do not fit', async () => {
    const methods = ['BREW', 'TRACE', 'CONNECT', 'PROPFIND', 'DELETE', 'PUT', 'get'];
    const ask = anyOf(
      Object.fromEntries(
        methods.map((method) => [
          method,
          head(`${method} /v1/metadata`, { ...withKey, connection: 'close' }),
        ]),
      ),
    );
    expect((await endure('methods that do not exist', ask)).every((answer) => answer !== 200)).toBe(true);
  });

  it('answers 2,000 pipelined requests', async () => {
    const requests = Buffer.from(
      head('GET /nowhere', withKey).repeat(2_000) + head('GET /', { ...withKey, connection: 'close' }),
    );
    expect(await endure('2,000 pipelined requests', () => written([requests]))).toEqual([404]);
  });

  it('serves the right key beside 10,000 wrong ones from its address', async () => {
    const wrong = { 'x-api-key': `${withKey['x-api-key'].slice(0, -4)}nope` };
    const guess = head('GET /v1/metadata', wrong);
    const last = head('GET /v1/metadata', { ...wrong, connection: 'close' });
    const guesses = (): Promise<Answer> => written([guess.repeat(10_000 / ATTACKERS - 1) + last]);
    expect(await endure('10,000 wrong keys', guesses)).toContain(429);
  });

  it.each([
    ['slow-loris: 2,000 unfinished heads', 'POST /v1/metadata HTTP/1.1\r\nHost: localhost\r\nX-Slow: '],
    ['2,000 connections that say nothing', ''],
  ])('goes on serving others beside %s', async (name, start) => {
    expect(await endure(name, () => holdConnections(start))).toEqual(['closed']);
  });

  it('gives up on bodies that stop', async () => {
    const start = postHead({ ...withKey, 'content-length': 1_000 });
    expect(await endure('slow bodies', () => written([start, '{"model"']))).toEqual([408]);
  });

  /** Answers the distinct answers that the attackers got; nobody else may be refused meanwhile, nor memory grow. */
  async function endure(
    attack: string,
    act: () => Promise<Answer>,
    maxGrowthMib = MAX_GROWTH_MIB,
  ): Promise<Answer[]> {
    const memoryBefore = api.rssMib;
    let memoryMost = memoryBefore;
    const sampler = setInterval(() => (memoryMost = Math.max(memoryMost, api.rssMib)), SAMPLE_MS);
    neighbour.begin();
    const startedAt = performance.now();
    const answers = new Set<Answer>();
    const attackOnAndOn = async (): Promise<void> => {
      do answers.add(await act());
      while (performance.now() - startedAt < ATTACK_MS);
    };
    try {
      await Promise.all(Array.from({ length: ATTACKERS }, attackOnAndOn));
    } finally {
      clearInterval(sampler);
    }
    const seconds = (performance.now() - startedAt) / 1_000;
    const { refused, requests, p99Ms } = await neighbour.end();
    const memoryMib = Math.max(memoryMost, api.rssMib) - memoryBefore;
    new AttackTable(runStackSettings().stackDir).add({
      attack,
      answered: [...answers].join(' '),
      seconds,
      memoryMib,
      neighbourP99Ms: p99Ms,
    });
    expect(refused).toEqual([]);
    expect(requests).toBeGreaterThan(0);
    expect(memoryMib).toBeLessThan(maxGrowthMib);
    return [...answers];
  }

  async function warmUp(): Promise<void> {
    neighbour.begin();
    const body = JSON.stringify(submissionBody({ eventId: randomUUID() }));
    for (let i = 0; i < 500; i++) await statusOf('/v1/metadata', body);
    for (let i = 0; i < 50; i++) await statusOf('/v1/metadata', vectorOf(400_000));
    expect((await neighbour.end()).refused).toEqual([]);
  }

  async function statusOf(path: string, body: Body, headers: RequestHeaders = {}): Promise<Answer> {
    const answer = await postTo(api, path, body, { ...withKey, ...headers });
    await answer.arrayBuffer();
    return answer.status;
  }

  async function written(pieces: Iterable<string | Buffer>): Promise<Answer> {
    const { statuses } = await writeUntilClosed(portOf(api), pieces);
    return statuses[0] ?? 'closed';
  }

  function anyOf(requests: Readonly<Record<string, string>>): () => Promise<Answer> {
    const texts = Object.values(requests);
    let at = 0;
    return () => written([texts[at++ % texts.length]!]);
  }

  async function holdConnections(start: string): Promise<Answer> {
    const sockets: Socket[] = [];
    try {
      while (sockets.length < CONNECTIONS / ATTACKERS) {
        const socket = connect({ port: portOf(api), host: '127.0.0.1' }).on('error', () => undefined);
        await once(socket, 'connect');
        socket.resume().write(start);
        sockets.push(socket);
      }
      const madeRoom = (): boolean => sockets.some(({ closed }) => closed);
      expect(await eventually(madeRoom, 10_000)).toBe(true);
      return 'closed';
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  }
});

function prototypeKeys(): string {
  const text = JSON.stringify(submissionBody());
  return text.replace('{', '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},');
}

/** V8 takes a number in a key for its hash: these would meet in one bucket of a table without a seed. */
function numericKeys(): string {
  const keys = Array.from({ length: 60_000 }, (_, i) => `"${(i + 1) * 65_536}":1`);
  return `{${keys.join(',')}}`;
}

function manyKeys(): string {
  return `{${Array.from({ length: 80_000 }, (_, i) => `"k${i}":1`).join(',')}}`;
}

function vectorOf(count: number): string {
  const text = JSON.stringify(submissionBody({ embedding: ['VECTOR'] }));
  return text.replace('"VECTOR"', Array.from({ length: count }, () => '1').join(','));
}

function* endless(start: string, piece: string): Generator<string> {
  yield start;
  for (;;) yield piece;
}
