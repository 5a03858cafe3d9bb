import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  gpuMetricsBody,
  msgpackOf,
  REFUSED_GPU_METRICS,
  REFUSED_TOKEN_USAGE,
  tokenUsageBody,
} from '@libs/contracts/testing';
import type { AppProcess } from '@libs/testing/app-process';
import { postTo, problem, refusalOf, startApi, type Body, type RequestHeaders } from './api';
import { readRecords, type Position } from './topic-reader';

interface Receipt extends Position {
  readonly id: string;
  readonly topic: string;
  readonly acceptedAt: string;
}

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const MSGPACK = { 'content-type': 'application/msgpack' };

let api: AppProcess;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

async function accept(path: string, body: Body, headers: RequestHeaders = {}): Promise<Receipt> {
  const answer = await postTo(api, path, body, headers);
  const receipt = (await answer.json()) as Receipt;
  expect([answer.status, receipt]).toEqual([202, expect.anything()]);
  return receipt;
}

describe.each([
  ['/v1/gpu-metrics', 'gpu.metrics.v1', 'gpu-metrics.accepted.v1', gpuMetricsBody, REFUSED_GPU_METRICS],
  ['/v1/token-usage', 'token.usage.v1', 'token-usage.accepted.v1', tokenUsageBody, REFUSED_TOKEN_USAGE],
] as const)('POST %s', (path, topic, type, bodyOf, refused) => {
  const fresh = (): Record<string, unknown> =>
    bodyOf({ host: randomUUID(), event_id: randomUUID(), job: 'x', ratio: 0.1 });

  it('publishes the fields as they were written, keyed by their identity', async () => {
    const body = fresh();
    const receipt = await accept(path, JSON.stringify(body, undefined, 2), { traceparent: TRACEPARENT });
    expect(receipt).toStrictEqual({
      id: path.endsWith('usage') ? body.event_id : `${String(body.host)}/0/2026-11-21T05:39:39.000Z`,
      topic,
      partition: expect.any(Number),
      offset: expect.any(Number),
      acceptedAt: expect.stringMatching(/Z$/),
    });
    const [record] = await readRecords([receipt], topic);
    expect(JSON.parse(String(record!.value))).toEqual(body);
    expect(record!.key?.toString()).toBe(receipt.id);
    const headers = Object.entries(record!.headers ?? {}).map(([name, value]) => [name, String(value)]);
    expect(Object.fromEntries(headers)).toStrictEqual({
      ce_specversion: '1.0',
      ce_id: receipt.id,
      ce_type: type,
      ce_source: '/processor-api',
      ce_time: receipt.acceptedAt,
      'content-type': 'application/json',
      traceparent: TRACEPARENT,
    });
  });

  it('gives one identity and one partition to one value, plain, compressed and in MessagePack', async () => {
    const body = { ...fresh(), event_id: path.endsWith('usage') ? undefined : 'x' };
    const text = JSON.stringify(body);
    const receipts = [
      await accept(path, text),
      await accept(path, `\ufeff${text}`),
      await accept(path, gzipSync(text), { 'content-encoding': 'gzip' }),
      await accept(path, msgpackOf(body), MSGPACK),
    ];
    expect(new Set(receipts.map(({ id }) => id)).size).toBe(1);
    expect(new Set(receipts.map(({ partition }) => partition)).size).toBe(1);
  });

  it('names each fault of a body by pointer and code', async () => {
    for (const { name, body, text, faults } of refused) {
      const answer = await refusalOf(await postTo(api, path, text ?? JSON.stringify(body)));
      expect([name, answer]).toMatchObject([name, problem(422, 'invalid_metadata')]);
      const reported = (answer.problem.errors ?? []).map(({ pointer, code }) => [pointer, code]);
      expect([name, reported.sort()]).toEqual([name, faults.map(([...fault]) => fault).sort()]);
    }
  });

  it.each<[string, Body, RequestHeaders, number, string]>([
    ['is no JSON', '{', {}, 400, 'invalid_json'],
    ['is no MessagePack', '{}', MSGPACK, 400, 'invalid_msgpack'],
    ['is NDJSON', '{}', { 'content-type': 'application/x-ndjson' }, 415, 'unsupported_media_type'],
    ['is too large', Buffer.alloc(1024 * 1024 + 1, ' '), {}, 413, 'body_too_large'],
  ])('refuses a body that %s as every route does', async (_name, body, headers, status, code) => {
    expect(await refusalOf(await postTo(api, path, body, headers))).toMatchObject(problem(status, code));
  });
});

describe('Idempotency-Key', () => {
  it('names a usage that has no event_id, in its record too', async () => {
    const key = randomUUID();
    const body = JSON.stringify(tokenUsageBody({ event_id: undefined }));
    const receipt = await accept('/v1/token-usage', body, { 'idempotency-key': `"${key.toUpperCase()}"` });
    expect(receipt.id).toBe(key);
    const [record] = await readRecords([receipt], receipt.topic);
    expect(JSON.parse(String(record!.value))).toMatchObject({ event_id: key });
  });

  it('is refused where it and a usage name different calls', async () => {
    const answer = await postTo(api, '/v1/token-usage', JSON.stringify(tokenUsageBody()), {
      'idempotency-key': randomUUID(),
    });
    expect((await refusalOf(answer)).problem.errors).toMatchObject([
      { pointer: '/event_id', code: 'event_id_mismatch' },
    ]);
  });

  it('changes nothing of a reading, whose fields name it', async () => {
    const body = JSON.stringify(gpuMetricsBody());
    const { id } = await accept('/v1/gpu-metrics', body, { 'idempotency-key': randomUUID() });
    expect(id).toBe('node-1/0/2026-11-21T05:39:39.000Z');
  });
});
