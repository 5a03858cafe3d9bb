import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { submissionBody } from '@libs/contracts/testing';
import { eventually, type AppProcess } from '@libs/testing/app-process';
import { head, portOf, post, postHead, raw, startApi } from './api';

type Json = Record<string, unknown>;

const SECRETS = ['key-in-x-api-key', 'key-in-authorization', 'model-in-the-body', 'note-in-the-body'];

describe('what an operator sees', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.stop());

  async function json(path: string): Promise<Json> {
    const answer = await fetch(api.url + path);
    expect(answer.status).toBe(200);
    return (await answer.json()) as Json;
  }

  async function metrics(): Promise<string[]> {
    return (await (await fetch(`${api.url}/metrics`)).text()).split('\n');
  }

  async function logged(matches: (line: Json) => boolean): Promise<void> {
    expect(await eventually(() => logOf(api).some(matches), 20_000)).toBe(true);
  }

  /** The log line of the request that `matches`, as soon as it is written. */
  async function logLine(matches: (line: Json) => boolean): Promise<Json> {
    const lines = (): Json[] => logOf(api).filter(matches);
    expect(await eventually(() => lines().length > 0, 20_000)).toBe(true);
    expect(lines()).toHaveLength(1);
    return lines()[0]!;
  }

  describe('of its health', () => {
    const up = { status: 'up' };

    it.each([
      ['/health', { process: up, kafka: up }],
      ['/health/live', { process: up }],
      ['/health/ready', { kafka: up }],
    ])('GET %s names what it looked at', async (path, details) => {
      expect(await json(path)).toEqual({ status: 'ok', info: details, error: {}, details });
    });

    it('is not ready, but alive, where no broker answers', async () => {
      const alone = await startAlone();
      try {
        await alone.until('/health/ready', 503);
        expect(await alone.status('/health/live')).toBe(200);
        const answer = await fetch(`${alone.url}/health/ready`);
        expect(answer.headers.get('content-type')).toBe('application/problem+json');
        expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
        expect(await answer.json()).toMatchObject({
          status: 503,
          code: 'not_ready',
          checks: { kafka: { status: 'down', message: expect.any(String) } },
        });
      } finally {
        await alone.stop();
      }
    });
  });

  describe('in its metrics', () => {
    it('are durations by method, route and status, and the bytes that wait for Kafka', async () => {
      await post(api, JSON.stringify(submissionBody({ eventId: randomUUID() })));
      await post(api, '{');
      const lines = await metrics();
      const durations = (status: number): string =>
        `http_request_duration_seconds_count{method="POST",route="/v1/metadata",status="${status}"}`;
      for (const status of [202, 400]) {
        expect(lines.some((line) => line.startsWith(durations(status)))).toBe(true);
      }
      expect(lines).toContain('publish_queue_bytes 0');
      expect(lines.some((line) => line.startsWith('process_resident_memory_bytes '))).toBe(true);
    });

    it('do not grow with the paths and methods that clients make up', async () => {
      const series = async (): Promise<number> =>
        (await metrics()).filter((line) => line.startsWith('http_request_duration')).length;
      await fetch(`${api.url}/${randomUUID()}`);
      await fetch(`${api.url}/docs/${randomUUID()}`);
      await metrics();
      const before = await series();
      for (let round = 0; round < 20; round++) {
        const paths = Array.from(
          { length: 50 },
          (_, index) => `${index % 5 ? '' : 'docs/'}${randomUUID()}?a=1`,
        );
        await Promise.all(paths.map((path) => fetch(`${api.url}/${path}`).then((answer) => answer.text())));
      }
      expect(await series()).toBe(before);
    });
  });

  describe('in its log', () => {
    it('is one line of JSON for each request, with eventId, route and status', async () => {
      const eventId = randomUUID();
      const body = JSON.stringify(submissionBody({ eventId }));
      await post(api, body);
      const line = await logLine((entry) => entry.eventId === eventId);
      expect(line).toEqual({
        level: 'info',
        time: expect.stringMatching(/Z$/),
        service: 'processor-api',
        requestId: expect.any(String),
        method: 'POST',
        route: '/v1/metadata',
        status: 202,
        ms: expect.any(Number),
        bytes: body.length,
        remote: '127.0.0.1',
        eventId,
        msg: 'request',
      });
    });

    it('is of a record too whose client did not wait for the answer', async () => {
      const eventId = randomUUID();
      const body = JSON.stringify(submissionBody({ eventId }));
      const client = connect(portOf(api), '127.0.0.1');
      client.write(postHead({ 'content-length': body.length }) + body, () => client.destroy());
      expect(await logLine((entry) => entry.eventId === eventId)).toMatchObject({ status: 202 });
    });

    it('is the code of a refusal, under the request id of the answer', async () => {
      const answer = await post(api, JSON.stringify(submissionBody({ model: '' })));
      const { requestId } = (await answer.json()) as Json;
      const line = await logLine((entry) => entry.requestId === requestId);
      expect(line).toMatchObject({ status: 422, code: 'invalid_metadata', route: '/v1/metadata' });
    });

    it.each([
      ['is no HTTP', 'garbage\r\n\r\n', 400, 'broken request'],
      ['has too large headers', head('GET /health', { x: 'x'.repeat(20_000) }), 431, 'broken request'],
      ['has a path that cannot be decoded', head('GET /%e0%a4%a', {}), 400, 'request'],
    ])('is a line about what %s, which is counted too', async (_name, request, status, msg) => {
      const count = async (): Promise<number> =>
        (await metrics())
          .filter((line) => line.startsWith('http_request_duration_seconds_count'))
          .filter((line) => line.includes(`route="none",status="${status}"`))
          .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
      const before = await count();
      await raw(api, request);
      await logged((line) => line.status === status && line.msg === msg);
      expect(await count()).toBe(before + 1);
    });

    it('is the eventId of an event that the broker did not take', async () => {
      const alone = await startAlone({ PUBLISH_TIMEOUT_MS: '200' });
      try {
        const eventId = randomUUID();
        const answer = await post(alone, JSON.stringify(submissionBody({ eventId })));
        expect(answer.status).toBe(503);
        expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
        const found = (): Json | undefined => logOf(alone).find((entry) => entry.eventId === eventId);
        expect(await eventually(() => found() !== undefined, 20_000)).toBe(true);
        expect(found()).toMatchObject({ status: 503, code: expect.stringMatching(/^(publish|broker)_/) });
      } finally {
        await alone.stop();
      }
    });

    it('is nothing that was in a body or a header', async () => {
      const [apiKey, authorization, model, note] = SECRETS;
      const headers = {
        'x-api-key': `${apiKey}`,
        authorization: `Bearer ${authorization}`,
        cookie: `${note}`,
      };
      const body = submissionBody({ eventId: undefined, model, attributes: { note } });
      const refused = { ...body, surprise: note, [`${note}`]: note, gpu: note };
      for (const text of [JSON.stringify(body), JSON.stringify(refused), `{"${note}"`]) {
        await post(api, text, headers);
      }
      await fetch(`${api.url}/health?key=${apiKey}`, { headers });
      await fetch(`${api.url}/${note}`, { headers, method: 'PUT' });
      expect(await eventually(() => logOf(api).some(({ method }) => method === 'PUT'), 20_000)).toBe(true);
      for (const secret of SECRETS) expect(api.output).not.toContain(secret);
    });
  });

  describe('in its documentation', () => {
    it('is the published OpenAPI document', async () => {
      const published = readFileSync(join(__dirname, '../../../docs/openapi.json'), 'utf8');
      expect(await json('/openapi.json')).toEqual(JSON.parse(published));
    });

    it('is a page for people that brings everything it needs', async () => {
      const page = await fetch(`${api.url}/docs`);
      expect(page.headers.get('content-type')).toMatch(/^text\/html/);
      const html = await page.text();
      const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(
        ([, url]) => new URL(url!, `${api.url}/docs`),
      );
      expect(assets.length).toBeGreaterThan(2);
      for (const asset of assets) {
        expect(asset.origin).toBe(api.url);
        const answer = await fetch(asset);
        await answer.arrayBuffer();
        expect(answer.status).toBe(200);
      }
    });
  });
});

/** An API whose broker does not exist. */
function startAlone(env: NodeJS.ProcessEnv = {}): Promise<AppProcess> {
  return startApi({ KAFKA_BROKERS: '127.0.0.1:1', ...env }, '/health/live');
}

/** The lines written so far; every one must be JSON. */
function logOf(api: AppProcess): Json[] {
  const whole = api.output.slice(0, api.output.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Json);
}
