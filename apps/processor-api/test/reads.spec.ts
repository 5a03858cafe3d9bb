import { mongo } from 'mongoose';
import type { AppProcess } from '@libs/testing/app-process';
import { head, problem, raw, refusalOf, startApi } from './api';
import { storedDocument, testDatabase, type TestDatabase } from './read-database';

interface Page {
  readonly items: readonly { readonly eventId: string; readonly embedding?: unknown }[];
  readonly nextCursor: string | null;
}

const PACKED = { encoding: 'f32le-base64', dimension: 3, data: 'AAAAPwAAgL/NzMw9' };
const UNKNOWN_ID = '0190b6a4-7c1e-7b3a-9c55-2f0f8d3f4a11';

jest.setTimeout(120_000);

describe('reads', () => {
  let test: TestDatabase;
  let api: AppProcess;
  const documents = (): mongo.Collection<ReturnType<typeof storedDocument>> =>
    test.database.collection('gpu_metadata');
  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(api.url + path, { headers });
  const json = async <T>(path: string): Promise<T> => {
    const answer = await get(path);
    expect(answer.status).toBe(200);
    return (await answer.json()) as T;
  };
  const faultsOf = async (path: string): Promise<unknown> => {
    const refusal = await refusalOf(await get(path));
    expect(refusal).toMatchObject(problem(422, 'invalid_metadata'));
    return refusal.problem.errors?.map(({ pointer, code }) => `${pointer} ${code}`);
  };

  beforeAll(async () => {
    test = await testDatabase('reads_http');
    api = await startApi({ READ_MONGODB_URI: test.uri, MONGODB_DB: test.name });
  });
  afterAll(async () => {
    await api.stop();
    await test.drop();
  });
  afterEach(() => documents().deleteMany({}));

  describe('GET /v1/metadata/{eventId}', () => {
    it('answers the document in the field names of a submission, without its vector', async () => {
      const document = storedDocument();
      await documents().insertOne(document);
      const answer = await get(`/v1/metadata/${document._id.toUpperCase()}`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(answer.headers.get('cache-control')).toBe('no-store');
      expect(await answer.json()).toStrictEqual({
        eventId: document._id,
        model: 'resnet50',
        embeddingDimension: 3,
        embeddingNorm: document.embeddingNorm,
        gpu: document.gpu,
        source: { kind: 'image', name: 'cat.jpg' },
        tags: ['colab'],
        attributes: { batch: 7, _bsontype: 'x' },
        producer: { keyId: 'notebook' },
        capturedAt: '2026-11-21T05:39:39.123Z',
        acceptedAt: '2026-11-21T05:39:40.001Z',
        processedAt: '2026-11-21T05:39:40.050Z',
        pipeline: {
          topic: 'gpu-metadata',
          partition: 3,
          offset: 41,
          tags: ['colab'],
          workerVersion: '0.1.0',
          ingestLatencyMs: 49,
        },
      });
    });

    it('answers null for what the hardware of an older document does not tell', async () => {
      const document = storedDocument();
      const {
        backend: _b,
        driverVersion: _d,
        hipVersion: _h,
        ...gpu
      } = document.gpu as Record<string, unknown>;
      await documents().insertOne({ ...document, gpu: gpu as typeof document.gpu });
      const nulls = { backend: null, driverVersion: null, hipVersion: null };
      const read = await json<{ gpu: unknown }>(`/v1/metadata/${document._id}`);
      expect(read.gpu).toEqual({ ...gpu, ...nulls });
      expect(await json('/gpu/info')).toMatchObject({ gpu: { ...gpu, ...nulls } });
    });

    const vector = Float32Array.of(0.5, -1, 0.1);
    it.each<[string, unknown]>([
      ['vector', mongo.Binary.fromFloat32Array(vector)],
      ['binary', new mongo.Binary(Buffer.from(vector.buffer))],
      ['array', Array.from(vector, (value) => new mongo.Double(value))],
    ])('answers an embedding stored as %s in either form', async (_, embedding) => {
      const document = storedDocument({ embedding });
      await documents().insertOne(document);
      const path = `/v1/metadata/${document._id}?include=embedding`;
      expect(await json(path)).toMatchObject({ embedding: PACKED });
      expect(await json(`${path}&as=packed`)).toMatchObject({ embedding: PACKED });
      expect(await json(`${path}&as=array`)).toMatchObject({ embedding: [...vector] });
    });

    it('tells what is not there from what is no id', async () => {
      expect(await refusalOf(await get(`/v1/metadata/${UNKNOWN_ID}`))).toMatchObject(
        problem(404, 'not_found'),
      );
      expect(await faultsOf('/v1/metadata/nonsense?as=array')).toEqual([
        '/eventId invalid_format',
        '/as invalid_value',
      ]);
      expect(await refusalOf(await get('/v1/metadata/%ff'))).toMatchObject(problem(400, 'invalid_request'));
    });
  });

  describe('GET /v1/metadata', () => {
    it('pages through what the filter means, the newest capture first', async () => {
      const at = (index: number): Date => new Date(Date.UTC(2026, 10, 21, 5, 0, Math.floor(index / 3)));
      const stored = Array.from({ length: 10 }, (_, index) =>
        storedDocument({ capturedAt: at(index), model: 'résnet+50 &' }),
      );
      await documents().insertMany([...stored, storedDocument({ model: 'other' })]);
      const expected = stored
        .toSorted((a, b) => b.capturedAt.getTime() - a.capturedAt.getTime() || (b._id > a._id ? 1 : -1))
        .map(({ _id }) => _id);
      const query = new URLSearchParams({ model: 'résnet+50 &', limit: '4' });
      const read: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        if (cursor !== '') query.set('cursor', cursor);
        const page: Page = await json(`/v1/metadata?${query.toString()}`);
        read.push(...page.items.map(({ eventId }) => eventId));
        cursor = page.nextCursor;
      }
      expect(read).toEqual(expected);
      query.set('model', 'other');
      expect(await faultsOf(`/v1/metadata?${query.toString()}`)).toEqual(['/cursor invalid_value']);
    });

    it('answers vectors where they are asked for', async () => {
      await documents().insertMany([storedDocument(), storedDocument()]);
      const pages = await Promise.all(
        ['', '?include=embedding', '?include=embedding&as=array&limit=50'].map((query) =>
          json<Page>(`/v1/metadata${query}`),
        ),
      );
      const array = [0.5, -1, Math.fround(0.1)];
      expect(pages.map(({ items }) => items.map(({ embedding }) => embedding))).toEqual([
        [undefined, undefined],
        [PACKED, PACKED],
        [array, array],
      ]);
    });

    it.each([
      ['model[$ne]=x', '/model[$ne] unknown_field'],
      ['model=a&model=b', '/model out_of_range'],
      ['limit=201', '/limit out_of_range'],
      ['include=embedding&limit=51', '/limit out_of_range'],
      ['tag=', '/tag out_of_range'],
      ['from=2026-11-21', '/from invalid_format'],
      ['from=2026-11-21T00:00:00+00:00', '/from invalid_format'],
      ['deviceName=%20', '/deviceName out_of_range'],
      ['__proto__=x', '/__proto__ unknown_field'],
      ['cursor=AAAA', '/cursor invalid_value'],
    ])('refuses ?%s', async (query, fault) => {
      expect(await faultsOf(`/v1/metadata?${query}`)).toEqual([fault]);
    });

    it('finds a device by its name without blanks, and captures from a time with a space', async () => {
      const document = storedDocument();
      await documents().insertOne(document);
      const query = 'deviceName=%20Tesla%20T4%C2%A0%00&from=2026-11-21+05:39:39.123z';
      const { items } = await json<Page>(`/v1/metadata?${query}`);
      expect(items.map(({ eventId }) => eventId)).toEqual([document._id]);
    });

    it('takes an operator in a value for a text', async () => {
      await documents().insertOne(storedDocument());
      for (const text of ['{"$ne":null}', '$ne', '.*']) {
        expect(await json(`/v1/metadata?model=${encodeURIComponent(text)}`)).toEqual({
          items: [],
          nextCursor: null,
        });
      }
    });

    it('cannot read what is not percent-encoded', async () => {
      const answer = await raw(api, head('GET /v1/metadata?model=%zz', {}));
      expect(answer.status).toBe(400);
    });
  });

  describe('the figures and the catalogue', () => {
    it('GET /v1/metadata/stats answers the hours of a range', async () => {
      const hour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000);
      const group = {
        count: 2,
        dimensions: [3],
        memoryUtilization: { mean: 0.25, max: 0.5 },
        ingestLatencyMs: { mean: null, max: null },
        firstCapturedAt: hour,
        lastCapturedAt: hour,
        computedAt: hour,
      };
      const _id = { hour, model: 'a', deviceName: 'cpu' };
      const old = { ..._id, hour: new Date(hour.getTime() - 48 * 3_600_000) };
      await test.database.collection<{ _id: object }>('gpu_metadata_hourly').insertMany([
        { _id, ...group },
        { _id: { ..._id, model: 'b' }, ...group },
        { _id: old, ...group },
      ]);
      const item = { ..._id, ...group };
      expect(await json('/v1/metadata/stats?model=a')).toEqual(JSON.parse(JSON.stringify({ items: [item] })));
      expect(await json<Page>('/v1/metadata/stats')).toMatchObject({
        items: [{ model: 'a' }, { model: 'b' }],
      });
      const { items } = await json<Page>(`/v1/metadata/stats?from=${old.hour.toISOString()}`);
      expect(items).toHaveLength(3);
      expect(await faultsOf('/v1/metadata/stats?from=2020-01-01T00:00:00Z')).toEqual(['/from out_of_range']);
    });

    it('GET /gpu/info answers the hardware of the newest capture', async () => {
      expect(await refusalOf(await get('/gpu/info'))).toMatchObject(problem(404, 'not_found'));
      const newest = storedDocument({ capturedAt: new Date() });
      await documents().insertMany([storedDocument(), newest]);
      expect(await json('/gpu/info')).toEqual({
        eventId: newest._id,
        model: newest.model,
        gpu: newest.gpu,
        capturedAt: newest.capturedAt.toISOString(),
      });
      expect(await faultsOf('/gpu/info?a=1')).toEqual(['/a unknown_field']);
    });

    it('GET /v1/gpus answers the known GPUs', async () => {
      const ts = expect.any(String) as unknown;
      expect(await json('/v1/gpus')).toEqual({
        items: [
          { gpu_index: 0, name: 'RTX 3090', price_per_hour_usd: 0.22, ts },
          { gpu_index: 1, name: 'A100 40GB', price_per_hour_usd: 1.1, ts },
        ],
      });
    });
  });

  it.each([
    ['POST', `/v1/metadata/${UNKNOWN_ID}`, 'GET, HEAD, OPTIONS'],
    ['DELETE', '/v1/metadata/stats', 'GET, HEAD, OPTIONS'],
    ['PUT', '/v1/metadata', 'GET, HEAD, OPTIONS, POST'],
    ['POST', '/gpu/info', 'GET, HEAD, OPTIONS'],
  ])('answers %s %s with 405 and what there is', async (method, path, allow) => {
    const refusal = await refusalOf(await fetch(api.url + path, { method }));
    expect(refusal).toMatchObject(problem(405, 'method_not_allowed'));
    expect(refusal.headers.get('allow')).toBe(allow);
  });

  it('finds nothing below a document', async () => {
    expect((await get(`/v1/metadata/${UNKNOWN_ID}/embedding`)).status).toBe(404);
  });
});
