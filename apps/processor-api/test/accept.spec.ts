import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KafkaMessage } from 'kafkajs';
import { NEWEST_GOLDEN_RECORD, packedBody, submissionBody } from '@libs/contracts/testing';
import type { AppProcess } from '@libs/testing/app-process';
import { post, postTo, startApi, type RequestHeaders } from './api';
import { readRecords } from './topic-reader';

interface Receipt {
  readonly eventId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly acceptedAt: string;
}

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const GOLDEN = join(__dirname, '../../../libs/contracts/src/gpu-metadata/golden');

describe('an accepted event', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.stop());

  async function accept(body: unknown, headers: RequestHeaders = {}): Promise<Receipt> {
    const answer = await post(api, typeof body === 'string' ? body : JSON.stringify(body), headers);
    expect(answer.status).toBe(202);
    return (await answer.json()) as Receipt;
  }

  describe('is answered', () => {
    it.each(['/v1/metadata', '/metadata'])('by POST %s with its position and its address', async (path) => {
      const eventId = randomUUID();
      const sentAt = Date.now();
      const answer = await postTo(api, path, JSON.stringify(submissionBody({ eventId })));
      expect(answer.status).toBe(202);
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(answer.headers.get('location')).toBe(`/v1/metadata/${eventId}`);
      const receipt = (await answer.json()) as Receipt;
      expect(receipt).toStrictEqual({
        eventId,
        topic: 'gpu-metadata',
        partition: expect.any(Number),
        offset: expect.any(Number),
        acceptedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      });
      expect(Date.parse(receipt.acceptedAt)).toBeGreaterThanOrEqual(sentAt);
      expect(Date.parse(receipt.acceptedAt)).toBeLessThanOrEqual(Date.now());
    });

    it('under a UUIDv7 of the moment where the client names none', async () => {
      const { eventId, acceptedAt } = await accept(submissionBody({ eventId: undefined }));
      expect(eventId).toMatch(UUID_V7);
      expect(Number.parseInt(eventId.replaceAll('-', '').slice(0, 12), 16)).toBe(Date.parse(acceptedAt));
    });

    it('under its eventId in lower case, from the body or the header, bare or quoted', async () => {
      const eventId = randomUUID();
      const shouted = eventId.toUpperCase();
      const unnamed = submissionBody({ eventId: undefined });
      const ids = [
        await accept(submissionBody({ eventId: shouted })),
        await accept(unnamed, { 'idempotency-key': shouted }),
        await accept(unnamed, { 'idempotency-key': `"${eventId}"` }),
        await accept(submissionBody({ eventId }), { 'idempotency-key': shouted }),
      ].map((receipt) => receipt.eventId);
      expect(ids).toEqual([eventId, eventId, eventId, eventId]);
    });

    it('under the UUID of a text in the header, the same each time', async () => {
      const unnamed = submissionBody({ eventId: null });
      const ids = [];
      for (const key of ['order-17', '"order-17"', 'order-18']) {
        ids.push((await accept(unnamed, { 'idempotency-key': key })).eventId);
      }
      expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      expect([ids[1] === ids[0], ids[2] === ids[0]]).toEqual([true, false]);
    });

    it.each(['submission-full', 'submission-minimal', 'submission-packed'])(
      'when it is the golden %s',
      async (name) => {
        await accept(readFileSync(join(GOLDEN, `${name}.json`), 'utf8'));
      },
    );

    it('at every limit of the contract', async () => {
      const wide = '😀';
      const attributes = Object.fromEntries(
        Array.from({ length: 64 }, (_, index) => [String(index).padStart(64, 'k'), wide.repeat(1024)]),
      );
      await accept(
        submissionBody({
          eventId: randomUUID(),
          model: wide.repeat(128),
          embedding: packedBody(Array.from({ length: 8192 }, () => Math.PI)),
          tags: Array.from({ length: 32 }, () => wide.repeat(64)),
          attributes,
        }),
      );
    });
  });

  describe('is on the topic at the position it was answered with', () => {
    async function recordOf(body: unknown, headers: RequestHeaders = {}): Promise<[Receipt, KafkaMessage]> {
      const receipt = await accept(body, headers);
      const [record] = await readRecords([receipt]);
      return [receipt, record!];
    }

    it('with its key, CloudEvents headers and normalized value', async () => {
      const golden = JSON.parse(readFileSync(join(GOLDEN, 'v1', NEWEST_GOLDEN_RECORD), 'utf8')) as {
        value: Record<string, unknown>;
      };
      const eventId = randomUUID();
      const submission = JSON.parse(readFileSync(join(GOLDEN, 'submission-full.json'), 'utf8')) as object;
      const body = { ...submission, eventId: eventId.toUpperCase() };
      const [{ acceptedAt }, record] = await recordOf(body, { traceparent: TRACEPARENT });

      expect(record.key?.toString()).toBe(eventId);
      expect(textsOf(record.headers)).toStrictEqual({
        ce_specversion: '1.0',
        ce_id: eventId,
        ce_type: 'gpu-metadata.accepted.v1',
        ce_source: '/processor-api',
        ce_time: acceptedAt,
        'content-type': 'application/json',
        traceparent: TRACEPARENT,
      });
      expect(valueOf(record)).toStrictEqual({
        ...golden.value,
        eventId,
        acceptedAt,
        producer: { keyId: null },
      });
    });

    it('with defaults for what was left out and no source', async () => {
      const [{ eventId, acceptedAt }, record] = await recordOf(
        readFileSync(join(GOLDEN, 'submission-minimal.json'), 'utf8'),
      );
      expect(valueOf(record)).toStrictEqual({
        schemaVersion: 1,
        eventId,
        model: 'resnet50',
        embedding: { encoding: 'f32le-base64', dimension: 1, data: 'AAAAPw==' },
        gpu: {
          deviceName: 'cpu',
          backend: null,
          totalMemoryBytes: null,
          allocatedMemoryBytes: null,
          computeCapability: null,
          driverVersion: null,
          cudaVersion: null,
          hipVersion: null,
          torchVersion: null,
        },
        capturedAt: '2026-11-21T03:39:39.123Z',
        acceptedAt,
        tags: [],
        attributes: {},
        producer: { keyId: null },
      });
    });

    it('with its vector bit for bit, sent as numbers or packed', async () => {
      const vector = Float32Array.from(
        { length: 2048 },
        (_, index) => Math.sin(index + 1) * 10 ** (index % 30),
      );
      vector.set([-0, 1.4e-45, 3.4028234663852886e38, -1e-40], 0);
      const bytes = Buffer.from(vector.buffer).toString('base64');
      // JSON.stringify writes -0 as 0: only text can send it.
      const numbers = `[-0.0,${[...vector].slice(1).join(',')}]`;
      const text = JSON.stringify(submissionBody({ eventId: randomUUID(), embedding: 'HERE' }));
      const [, fromNumbers] = await recordOf(text.replace('"HERE"', numbers));
      const [, fromPacked] = await recordOf(
        submissionBody({ eventId: randomUUID(), embedding: packedBody([...vector]) }),
      );
      const expected = { encoding: 'f32le-base64', dimension: 2048, data: bytes };
      expect(valueOf(fromNumbers).embedding).toEqual(expected);
      expect(valueOf(fromPacked).embedding).toEqual(expected);
    });

    it.each([undefined, 'nonsense', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`, `ff${TRACEPARENT.slice(2)}`])(
      'with a trace of its own where the request brings %s',
      async (traceparent) => {
        const headers = traceparent === undefined ? {} : { traceparent };
        const [, record] = await recordOf(submissionBody({ eventId: randomUUID() }), headers);
        const trace = textsOf(record.headers).traceparent;
        expect(trace).toMatch(/^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00$/);
      },
    );

    it('each of 500 at once, though they share batches', async () => {
      const ids = Array.from({ length: 500 }, () => randomUUID());
      const receipts = await Promise.all(
        ids.map((eventId, index) => accept(submissionBody({ eventId, attributes: { index } }))),
      );
      expect(receipts.map(({ eventId }) => eventId)).toEqual(ids);
      const positions = new Set(receipts.map(({ partition, offset }) => `${partition}:${offset}`));
      expect(positions.size).toBe(ids.length);
      expect(new Set(receipts.map(({ partition }) => partition)).size).toBe(6);
      const records = await readRecords(receipts);
      expect(records.map((record) => valueOf(record).eventId)).toEqual(ids);
    });

    it('each time it is sent again, under one key in one partition', async () => {
      const body = submissionBody({ eventId: randomUUID() });
      const receipts = await Promise.all([accept(body), accept(body), accept(body)]);
      expect(new Set(receipts.map(({ partition }) => partition)).size).toBe(1);
      expect(new Set(receipts.map(({ offset }) => offset)).size).toBe(3);
      const keys = (await readRecords(receipts)).map(({ key }) => key?.toString());
      expect(new Set(keys)).toEqual(new Set([body.eventId]));
    });
  });
});

function valueOf({ value }: KafkaMessage): Record<string, unknown> {
  return JSON.parse(value?.toString() ?? 'null') as Record<string, unknown>;
}

function textsOf(headers: KafkaMessage['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]));
}
