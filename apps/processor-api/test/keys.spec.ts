import { randomUUID } from 'node:crypto';
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { dirname } from 'node:path';
import { submissionBody } from '@libs/contracts/testing';
import { newApiKey } from '../src/access/api-key';
import { eventually, type AppProcess } from '@libs/testing/app-process';
import { head, portOf, post, postTo, problem, raw, refusalOf, startApi, type RequestHeaders } from './api';
import { KeyFile } from '@libs/testing/key-file';
import { askInOneGo } from './pipelined-guesses';
import { readRecords, type Position } from './topic-reader';

/** Two seconds are promised; a busy machine may take longer. */
const KNOWN_WITHIN_MS = 10_000;
const WRONG_KEYS = 10_000;
const CONNECTIONS = 20;

jest.setTimeout(120_000);

describe('with API keys', () => {
  const file = new KeyFile();
  const keys: Record<string, string> = {};
  let api: AppProcess;

  beforeAll(async () => {
    keys.whole = file.add('whole');
    keys.writer = file.add('writer', { scopes: ['ingest'] });
    keys.reader = file.add('reader', { scopes: ['read'] });
    keys.thrifty = file.add('thrifty', { quotaPerMinute: 3 });
    keys.frugal = file.add('frugal', { quotaPerMinute: 3 });
    keys.expired = file.add('expired', { expiresAt: '2020-01-01T00:00:00Z' });
    keys.revoked = file.add('revoked', { revokedAt: '2020-01-01T00:00:00Z' });
    api = await startApi({
      AUTH_MODE: 'required',
      API_KEYS_FILE: file.path,
      RATE_LIMIT_FAILURES_PER_MINUTE: '1000',
    });
  });
  afterAll(async () => {
    await api.stop();
    file.remove();
  });

  const withKey = (key = ''): RequestHeaders => ({ 'x-api-key': key });

  function send(key: string | undefined, eventId = randomUUID()): Promise<Response> {
    return post(api, JSON.stringify(submissionBody({ eventId })), withKey(key));
  }

  /** Waits until a request with the key is answered so. */
  async function untilAnswered(key: string, status: number): Promise<void> {
    const isSo = async (): Promise<boolean> => (await send(key)).status === status;
    expect(await eventually(isSo, KNOWN_WITHIN_MS)).toBe(true);
  }

  async function keyIdOf(answer: Response): Promise<unknown> {
    const [record] = await readRecords([(await answer.json()) as Position]);
    return (JSON.parse(record?.value?.toString() ?? '{}') as { producer?: { keyId?: unknown } }).producer;
  }

  it('one Idempotency-Key of two keys names two events, of one key the same one', async () => {
    const body = JSON.stringify(submissionBody({ eventId: undefined }));
    const idOf = async (key = ''): Promise<string> => {
      const answer = await post(api, body, { ...withKey(key), 'idempotency-key': 'order-17' });
      return ((await answer.json()) as { eventId: string }).eventId;
    };
    const ids = [await idOf(keys.whole), await idOf(keys.whole), await idOf(keys.writer)];
    expect(ids.map((id) => id[14])).toEqual(['8', '8', '8']);
    expect([ids[1] === ids[0], ids[2] === ids[0]]).toEqual([true, false]);
  });

  it('keys that are made at the same time are all kept', async () => {
    const ids = ['north', 'east', 'south', 'west'];
    await Promise.all(ids.map((id) => file.make('create', '--id', id)));
    const { stdout } = await file.run('list');
    for (const id of [...ids, 'whole']) expect(stdout).toMatch(new RegExp(`^${id} +active`, 'm'));
  });

  it.each([
    ['X-API-Key', ''],
    ['Authorization', 'Bearer '],
  ])('two that differ in %s open nothing, the same one twice is one', async (name, scheme) => {
    const answerTo = (first = '', second = ''): Promise<unknown> =>
      // To JavaScript two names, to HTTP the same one.
      raw(api, head('GET /nowhere', { [name]: scheme + first, [name.toUpperCase()]: scheme + second }));
    expect(await answerTo(keys.whole, keys.reader)).toMatchObject(problem(401, 'unauthorized'));
    expect(await answerTo(keys.whole, 'nonsense')).toMatchObject(problem(401, 'unauthorized'));
    expect(await answerTo(keys.whole, keys.whole)).toMatchObject(problem(404, 'not_found'));
  });

  it('a key that was just made is used at once, in either header, and owns what it writes', async () => {
    const key = await file.make('create', '--id', 'notebook');
    expect(key).toMatch(/^gmk_[\w-]{43}$/);
    expect(file.text()).not.toContain(key);
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    await untilAnswered(key, 202);
    const eventId = randomUUID();
    expect(await keyIdOf(await send(key, eventId))).toEqual({ keyId: 'notebook' });
    const bearer = await post(api, JSON.stringify(submissionBody({ eventId })), {
      authorization: `bearer ${key}`,
    });
    expect(bearer.status).toBe(202);
    const isLogged = (): boolean => api.output.includes('"keyId":"notebook"');
    expect(await eventually(isLogged, KNOWN_WITHIN_MS)).toBe(true);
    keys.notebook = key;
  });

  it('a key that was rotated is refused, and the new one writes under the same id', async () => {
    const [old, rotated] = [keys.notebook ?? '', await file.make('rotate', '--id', 'notebook')];
    expect(rotated).not.toBe(old);
    await untilAnswered(rotated, 202);
    expect((await send(old)).status).toBe(401);
    expect(await keyIdOf(await send(rotated))).toEqual({ keyId: 'notebook' });
    keys.notebook = rotated;
  });

  it('a key that was revoked is refused, and its id cannot be given away', async () => {
    expect((await send(keys.notebook)).status).toBe(202);
    expect(await file.run('revoke', '--id', 'notebook')).toMatchObject({ code: 0, stdout: '' });
    await untilAnswered(keys.notebook ?? '', 401);
    const again = await file.run('create', '--id', 'notebook');
    expect(again).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('rotate') });
    const { stdout } = await file.run('list');
    expect(stdout).toMatch(/^notebook +revoked/m);
    expect(stdout).toMatch(/^expired +expired/m);
    expect(stdout).not.toMatch(/[0-9a-f]{64}|gmk_/);
  });

  it('the log beside the file tells who did what to a key, the log of the API what took effect, and neither the key', () => {
    const log = readFileSync(`${file.path}.log`, 'utf8');
    const lines = log
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const { uid, username: user } = userInfo();
    const notebook = lines.filter(({ keyId }) => keyId === 'notebook');
    expect(notebook.map(({ action }) => action)).toEqual(['created', 'rotated', 'revoked']);
    expect(notebook[0]).toEqual({
      at: notebook[0]?.at,
      action: 'created',
      keyId: 'notebook',
      uid,
      user,
      host: hostname(),
    });
    expect(statSync(`${file.path}.log`).mode & 0o777).toBe(0o600);
    for (const action of ['created', 'rotated', 'revoked']) {
      expect(api.output).toMatch(new RegExp(`"${action}":\\[[^\\]]*"notebook".*"API keys read again"`));
    }
    expect(log).not.toMatch(/gmk_|[0-9a-f]{64}/);
  });

  it('the command and the API warn of a folder that others may write to', async () => {
    const folder = dirname(file.path);
    chmodSync(folder, 0o770);
    const warning = `others may write ${folder} (mode 0770): chmod go-w ${folder}`;
    expect((await file.run('list')).stderr).toContain(`keys: warning: ${warning}\n`);
    file.add('warned');
    expect(await eventually(() => api.output.includes(warning), KNOWN_WITHIN_MS)).toBe(true);
    chmodSync(folder, 0o700);
    expect((await file.run('list')).stderr).not.toContain('warning');
  });

  it('a key that expires within 14 days is counted in a metric', async () => {
    const metric = async (): Promise<string | undefined> =>
      /^api_keys_expiring (\d+)$/m.exec(await (await fetch(`${api.url}/metrics`)).text())?.[1];
    expect(await metric()).toBe('0');
    file.add('short', { expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
    expect(await eventually(async () => (await metric()) === '1', KNOWN_WITHIN_MS)).toBe(true);
  });

  it('a key may do what its scopes say', async () => {
    expect((await send(keys.writer)).status).toBe(202);
    expect(await refusalOf(await send(keys.reader))).toMatchObject(problem(403, 'insufficient_scope'));
    const read = await fetch(`${api.url}/v1/metadata/${randomUUID()}`, { headers: withKey(keys.writer) });
    expect(await refusalOf(read)).toMatchObject(problem(403, 'insufficient_scope'));
    const allowed = await fetch(`${api.url}/nowhere`, { headers: withKey(keys.reader) });
    expect(await refusalOf(allowed)).toMatchObject(problem(404, 'not_found'));
    const method = await fetch(`${api.url}/v1/metadata`, { method: 'DELETE', headers: withKey(keys.whole) });
    expect(await refusalOf(method)).toMatchObject(problem(405, 'method_not_allowed'));
  });

  it('every key that is not good is refused in the same words', async () => {
    const wrong = [
      undefined,
      '',
      'nonsense',
      newApiKey(),
      keys.expired,
      keys.revoked,
      `${keys.whole}x`,
      keys.whole?.slice(0, -1),
    ];
    const answers = await Promise.all(
      wrong.map(async (key) => {
        const answer = await refusalOf(await send(key));
        expect(answer).toMatchObject(problem(401, 'unauthorized'));
        return JSON.stringify({ ...answer.problem, requestId: undefined });
      }),
    );
    expect(new Set(answers).size).toBe(1);
    const two = await post(api, '{}', { ...withKey(keys.whole), authorization: `Bearer ${keys.writer}` });
    expect(await refusalOf(two)).toMatchObject(problem(401, 'unauthorized'));
  });

  it('a key is refused from the moment at which it expires', async () => {
    const key = file.add('guest', { expiresAt: new Date(Date.now() + 8_000).toISOString() });
    await untilAnswered(key, 202);
    await untilAnswered(key, 401);
  });

  it('a quota is told with every answer and refuses what is beyond it, for this key alone', async () => {
    const answers = [
      await send(keys.thrifty),
      await post(api, '{', withKey(keys.thrifty)),
      await send(keys.thrifty),
    ];
    expect(answers.map(({ status }) => status)).toEqual([202, 400, 202]);
    for (const [at, { headers }] of answers.entries()) {
      expect(headers.get('ratelimit-policy')).toBe('"key";q=3;w=60');
      expect(headers.get('ratelimit')).toMatch(new RegExp(`^"key";r=${2 - at};t=\\d{1,2}$`));
    }
    const over = await refusalOf(await send(keys.thrifty));
    expect(over).toMatchObject(problem(429, 'rate_limited'));
    expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(over.headers.get('ratelimit')).toMatch(/^"key";r=0;t=\d{1,2}$/);
    const other = await send(keys.whole);
    expect(other.headers.get('ratelimit-policy')).toBe('"key";q=60000;w=60');
    expect((await fetch(`${api.url}/health`)).headers.has('ratelimit')).toBe(false);
  });

  it('a quota counts the records of a batch, and refuses those beyond it alone', async () => {
    const lines = Array.from({ length: 5 }, () => JSON.stringify(submissionBody({ eventId: randomUUID() })));
    const headers = { ...withKey(keys.frugal), 'content-type': 'application/x-ndjson' };
    const answer = await postTo(api, '/v1/metadata/batch', lines.join('\n'), headers);
    expect(answer.status).toBe(207);
    expect(answer.headers.get('ratelimit')).toMatch(/^"key";r=0;t=\d{1,2}$/);
    const { results } = (await answer.json()) as { results: Record<string, unknown>[] };
    expect(results.map(({ status }) => status)).toEqual([202, 202, 202, 429, 429]);
    for (const refused of results.slice(3)) {
      expect(refused).toMatchObject({ code: 'rate_limited', retryAfter: expect.any(Number) });
    }
  });

  it('a file that breaks leaves the last good keys in place and shows in a metric', async () => {
    const good = file.text();
    const broken = async (): Promise<string | undefined> =>
      /^api_keys_file_broken (\d)$/m.exec(await (await fetch(`${api.url}/metrics`)).text())?.[1];
    expect(await broken()).toBe('0');
    file.replace('{ "version": 1, "keys": [');
    expect(await eventually(async () => (await broken()) === '1', KNOWN_WITHIN_MS)).toBe(true);
    expect((await send(keys.whole)).status).toBe(202);
    file.replace(good);
    expect(await eventually(async () => (await broken()) === '0', KNOWN_WITHIN_MS)).toBe(true);
    expect((await send(keys.whole)).status).toBe(202);
  });

  it(`${WRONG_KEYS} wrong keys from one address neither refuse nor hold up a right one from there`, async () => {
    const state = { isOver: false };
    const flood = Promise.all(
      Array.from({ length: CONNECTIONS }, () => askInOneGo(portOf(api), WRONG_KEYS / CONNECTIONS)),
    ).finally(() => {
      state.isOver = true;
    });
    const waits: number[] = [];
    do {
      const startedAt = performance.now();
      expect((await send(keys.whole)).status).toBe(202);
      waits.push(performance.now() - startedAt);
    } while (!state.isOver);
    const statuses = (await flood).flat();
    expect(statuses).toHaveLength(WRONG_KEYS);
    expect(new Set(statuses)).toEqual(new Set(['401', '429']));
    expect(Math.max(...waits)).toBeLessThan(10_000);
    const refused = await refusalOf(await send(newApiKey()));
    expect(refused).toMatchObject(problem(429, 'too_many_failures'));
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await send(keys.whole)).status).toBe(202);
  });

  it('requests are counted by key id, and no key or body is in the log', async () => {
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    const count = (id: string, outcome: string): number =>
      Number(
        new RegExp(`^api_requests_total{key_id="${id}",outcome="${outcome}"} (\\d+)$`, 'm').exec(
          metrics,
        )?.[1],
      );
    expect(count('thrifty', 'served')).toBe(2);
    expect(count('thrifty', 'refused')).toBe(1);
    expect(count('thrifty', 'limited')).toBe(1);
    expect(count('none', 'limited')).toBeGreaterThan(1_000);
    expect(metrics).not.toMatch(/gmk_/);
    expect(api.output).not.toMatch(/gmk_|resnet|f32le/);
    for (const key of Object.values(keys)) expect(api.output).not.toContain(key.slice(4));
  });
});
