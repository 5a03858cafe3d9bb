import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { mongo } from 'mongoose';
import { packedJson } from '@libs/contracts';
import { derivedValues, type AcceptedMetadata } from '@libs/domain';
import { acceptedMetadata, deliveredMetadata } from '@libs/domain/testing';
import { toDocument } from '../../metadata-worker/src/adapters/mongo/gpu-metadata.document';
import { ALL_MIGRATIONS } from '../../metadata-worker/src/adapters/mongo/migrations/all-migrations';
import { Migrator } from '../../metadata-worker/src/adapters/mongo/migrations/migrator';
import { silentProgress } from '../../../tools/stack/progress';
import { freePort } from '../../../tools/stack/port-holder';
import { pythonEnvironment } from '../../../tools/stack/programs';
import { stackSettings } from '../../../tools/stack/stack-settings';
import { eventually, type AppProcess } from '@libs/testing/app-process';
import { TcpGate } from '@libs/testing/tcp-gate';
import { postTo, problem, refusalOf, startApi } from './api';
import { textVectors } from './text-vectors';

jest.setTimeout(180_000);

const COUNT = 5_000;
const DIMENSION = 2_048;
const K = 20;
const MINUTE_MS = 60_000;
const WAIT_MS = 120_000;
const STORAGES = ['vector', 'binary', 'array'] as const;
const READER = resolve(__dirname, '../../metadata-worker/test/archive-reader/requirements.txt');

interface Answer {
  readonly items: readonly { readonly score: number; readonly eventId: string; readonly model: string }[];
  readonly scanned: number;
  readonly exhaustive: boolean;
  readonly asOf: string;
}

describe('POST /v1/metadata/search', () => {
  const name = `search-${randomUUID().slice(0, 8)}`;
  const uri = new URL(process.env.TEST_MONGODB_URI!);
  const events: AcceptedMetadata[] = [];
  let client: mongo.MongoClient;
  let gate: TcpGate;
  let api: AppProcess;

  beforeAll(async () => {
    client = await mongo.MongoClient.connect(uri.href, { retryWrites: false });
    const migrator = new Migrator(client.db(name), ALL_MIGRATIONS);
    for (const migration of await migrator.pending()) await migrator.make(migration, () => Promise.resolve());
    const newestMs = Date.now();
    for (const [at, embedding] of textVectors(COUNT, DIMENSION).entries())
      events.push(eventOf(at, embedding, newestMs));
    for (let at = 0; at < COUNT; at += 250) await store(events.slice(at, at + 250));
    gate = new TcpGate(await freePort(), { host: uri.hostname, port: Number(uri.port) });
    await gate.open();
    const throughGate = new URL(uri);
    throughGate.port = String(gate.port);
    api = await startApi({
      READ_MONGODB_URI: throughGate.href,
      MONGODB_DB: name,
      READ_TIMEOUT_MS: String(MINUTE_MS),
      SEARCH_INDEX_BYTES: String(32 * 2 ** 20),
    });
  });

  afterAll(async () => {
    await api.stop();
    await gate.close();
    await client.db(name).dropDatabase();
    await client.close();
  });

  function eventOf(at: number, embedding: Float32Array, newestMs: number): AcceptedMetadata {
    const capturedAt = new Date(newestMs - at * MINUTE_MS);
    const model = at % 2 === 0 ? 'words-a' : 'words-b';
    const tags = at % 5 === 0 ? ['fifth'] : [];
    return acceptedMetadata({
      eventId: randomUUID(),
      model,
      tags,
      embedding,
      capturedAt,
      acceptedAt: capturedAt,
    });
  }

  /** As the worker does, in each of the forms in turn. */
  async function store(some: readonly AcceptedMetadata[]): Promise<void> {
    const documents = some.map((event, at) => {
      const { position } = deliveredMetadata();
      const pipeline = { tags: [], position, workerVersion: '0', ingestLatencyMs: 1 };
      const record = { ...event, ...derivedValues(event), processedAt: event.acceptedAt, pipeline };
      return toDocument(record, STORAGES[at % STORAGES.length]!);
    });
    await client
      .db(name)
      .collection<{ _id: string }>('gpu_metadata')
      .insertMany(documents, { ordered: false });
  }

  async function find(body: object): Promise<Answer> {
    const answer = await postTo(api, '/v1/metadata/search', JSON.stringify(body));
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  }

  /** The nearest by NumPy, in double precision, for each query. */
  async function bruteForce(
    among: readonly AcceptedMetadata[],
    queries: readonly Float32Array[],
  ): Promise<[string, number][][]> {
    const packages = {
      name: 'archive-reader',
      label: 'Fetching DuckDB and NumPy (pip)',
      requirements: READER,
    };
    const environment = await pythonEnvironment(packages, stackSettings(), silentProgress);
    const folder = mkdtempSync(join(tmpdir(), 'brute-force-'));
    const bytes = (vectors: readonly Float32Array[]): Buffer =>
      Buffer.concat(
        vectors.map((vector) => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)),
      );
    try {
      writeFileSync(join(folder, 'vectors.f32'), bytes(among.map(({ embedding }) => embedding)));
      writeFileSync(join(folder, 'queries.f32'), bytes(queries));
      writeFileSync(join(folder, 'ids.json'), JSON.stringify(among.map(({ eventId }) => eventId)));
      const args = ['-I', join(__dirname, 'brute-force', 'nearest.py'), folder, String(DIMENSION), String(K)];
      const python = join(environment, 'bin', 'python3');
      const { stdout } = await promisify(execFile)(python, args, { maxBuffer: 2 ** 26 });
      return JSON.parse(stdout) as [string, number][][];
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('finds what NumPy finds among 5,000 real vectors', async () => {
    const vectors = events.map(({ embedding }) => embedding);
    const between = (a: number, b: number): Float32Array =>
      vectors[a]!.map((value, i) => value + vectors[b]![i]!);
    const queries = [
      ...Array.from({ length: 12 }, (_, i) => vectors[(i * 397) % COUNT]!),
      ...Array.from({ length: 8 }, (_, i) => between(i * 100, COUNT - 1 - i * 200)),
    ].filter((query) => query.some((value) => value !== 0));
    const check = (answer: Answer, nearest: readonly [string, number][]): void => {
      const scanned = events.filter(({ embedding }) => embedding.some((value) => value !== 0)).length;
      expect(answer).toMatchObject({ scanned, exhaustive: true });
      expect(answer.items.map(({ eventId }) => eventId)).toEqual(nearest.map(([eventId]) => eventId));
      answer.items.forEach(({ score }, i) => {
        expect(score).toBeCloseTo(nearest[i]![1], 12);
      });
    };
    await find({ embedding: [...queries[0]!] });
    expect(await isLoaded()).toBe(true);
    const expected = await bruteForce(events, queries);
    for (const [at, query] of queries.entries()) {
      check(await find({ embedding: packedJson(query), k: K }), expected[at]!);
    }
  });

  function isLoaded(): Promise<boolean> {
    return eventually(async () => {
      const metrics = await (await fetch(`${api.url}/metrics`)).text();
      return /^search_index_loaded 1$/m.test(metrics);
    }, WAIT_MS);
  }

  it('compares only what the filter means, and answers the documents without their vectors', async () => {
    const { embedding, capturedAt } = events[1_000]!;
    const from = new Date(capturedAt.getTime() - 1_000 * MINUTE_MS);
    const filter = { model: 'words-a', tag: 'fifth', deviceName: 'Tesla T4', from, to: capturedAt };
    const answer = await find({ embedding: packedJson(embedding), k: 100, filter });
    const meant = events.filter(
      (event, at) => at % 10 === 0 && event.capturedAt >= from && event.capturedAt < capturedAt,
    );
    expect(answer).toMatchObject({ exhaustive: true, asOf: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect(answer.scanned).toBe(meant.length);
    expect(answer.items).toHaveLength(100);
    expect(answer.items[0]).toMatchObject({
      model: 'words-a',
      tags: ['fifth'],
      embeddingDimension: DIMENSION,
    });
    expect(answer.items[0]).not.toHaveProperty('embedding');
    const ids = new Set(meant.map(({ eventId }) => eventId));
    expect(answer.items.filter(({ eventId }) => !ids.has(eventId))).toEqual([]);
  });

  it('finds a record soon after it was stored', async () => {
    const embedding = Float32Array.from({ length: DIMENSION }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const event = { ...eventOf(0, embedding, Date.now()), model: 'just-now' };
    await store([event]);
    const found = await eventually(async () => {
      const { items } = await find({ embedding: packedJson(embedding), k: 1 });
      return items[0]?.eventId === event.eventId && items[0].score === 1;
    }, WAIT_MS);
    expect(found).toBe(true);
  });

  it('names what is wrong with a search', async () => {
    const refuse = async (body: string, type = 'application/json'): ReturnType<typeof refusalOf> =>
      refusalOf(await postTo(api, '/v1/metadata/search', body, { 'content-type': type }));
    const zeros = await refuse(JSON.stringify({ embedding: [0, 0], k: 0, near: 1, filter: { $or: [] } }));
    expect(zeros).toMatchObject(problem(422, 'invalid_metadata'));
    const faults = zeros.problem.errors?.map(({ pointer, code }) => `${pointer} ${code}`).sort();
    expect(faults).toEqual([
      '/embedding no_direction',
      '/filter/$or unknown_field',
      '/k out_of_range',
      '/near unknown_field',
    ]);
    expect(await refuse('{')).toMatchObject(problem(400, 'invalid_json'));
    expect(await refuse('\ufeff{}')).toMatchObject(problem(422, 'invalid_metadata'));
    expect(await refuse('a', 'text/plain')).toMatchObject(problem(415, 'unsupported_media_type'));
  });

  it('answers 503 while the database is away, and finds again as soon as it is back', async () => {
    const body = JSON.stringify({ embedding: packedJson(events[0]!.embedding), k: 1 });
    await gate.close();
    const away = await refusalOf(await postTo(api, '/v1/metadata/search', body));
    expect(away).toMatchObject(problem(503, 'store_unavailable'));
    expect(await api.status('/health/ready')).toBe(200);
    await gate.open();
    const isBack = await eventually(
      async () => (await postTo(api, '/v1/metadata/search', body)).status === 200,
      WAIT_MS,
    );
    expect(isBack).toBe(true);
  });
});
