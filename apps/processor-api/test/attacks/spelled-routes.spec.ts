import type { AppProcess } from '@libs/testing/app-process';
import { ROUTES } from '../../src/openapi/document';
import { head, portOf, startApi } from '../api';
import { KeyFile } from '@libs/testing/key-file';
import { writeUntilClosed } from './attacker';
import { SAME, spellingsOf } from './spellings';

const SOME_EVENT = '0198f2a0-7c1e-7a3b-9f60-2d1f0a6b4c55';
/** What a request gets that nobody looked into. */
const REFUSED = [400, 401, 403, 404, 405];
const BODY = '{}';

/** Every route, HEAD and OPTIONS included: that the table has them all is for document.spec.ts. */
const routes = ROUTES.flatMap(({ method, path }) => {
  const target = path.replace('{eventId}', SOME_EVENT);
  return (method === 'get' ? ['GET', 'HEAD', 'OPTIONS'] : ['POST', 'OPTIONS']).map(
    (name) => [name, target] as const,
  );
});

jest.setTimeout(120_000);

describe('a route by another spelling', () => {
  const file = new KeyFile();
  const keys = {
    'no key': {},
    'a key to ingest': { 'x-api-key': file.add('ingest', { scopes: ['ingest'] }) },
    'a key to read': { 'x-api-key': file.add('read', { scopes: ['read'] }) },
    'a key for both': { 'x-api-key': file.add('both') },
  };
  const places = { here: {}, elsewhere: { 'x-forwarded-for': '203.0.113.7' } };
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi({
      AUTH_MODE: 'required',
      API_KEYS_FILE: file.path,
      TRUSTED_PROXIES: '127.0.0.1/32',
      RATE_LIMIT_ENABLED: 'false',
    });
  });
  afterAll(async () => {
    await api.stop();
    file.remove();
  });

  async function statusOf(
    method: string,
    target: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<number> {
    const body = method === 'POST' ? BODY : '';
    const request = head(`${method} ${target}`, {
      'content-type': 'application/json',
      'content-length': body.length,
      connection: 'close',
      ...headers,
    });
    const { statuses } = await writeUntilClosed(portOf(api), [request + body]);
    expect(statuses).toHaveLength(1);
    return statuses[0]!;
  }

  it.each(routes)('%s %s gives nobody more than it gives them as it is', async (method, path) => {
    const more: string[] = [];
    for (const [place, from] of Object.entries(places)) {
      for (const [holder, key] of Object.entries(keys)) {
        const plain = await statusOf(method, path, { ...from, ...key });
        const asked = Object.entries(spellingsOf(path)).map(async ([name, target]) => {
          const status = await statusOf(method, target, { ...from, ...key });
          const isNoMore = plain === status || (!SAME.includes(name) && isRefusal(status, plain));
          if (!isNoMore) more.push(`${name} with ${holder} from ${place}: ${status}, plain ${plain}`);
        });
        await Promise.all(asked);
      }
    }
    expect(more).toEqual([]);
  });
});

/** Who may ask for the route may be told more of what is wrong with the path. */
function isRefusal(status: number, plain: number): boolean {
  return REFUSED.includes(status) || (plain !== 401 && plain !== 403 && status === 422);
}
