import { mongo } from 'mongoose';
import { packedJson } from '@libs/contracts';
import { eventually, type AppProcess } from '@libs/testing/app-process';
import { TcpGate } from '@libs/testing/tcp-gate';
import { freePort } from '../../../tools/stack/port-holder';
import type { StatusBody } from '../src/console/status-body';
import type { SearchBody } from '../src/search/search.controller';
import { postTo, startApi } from './api';
import { storedDocument, testDatabase, type StoredDocument, type TestDatabase } from './read-database';

jest.setTimeout(300_000);

const COUNT = 4_000;
const BATCH = 500;
const DIMENSION = 2_048;
const WAIT_MS = 240_000;
/** A piece holds at most eight vectors: loading all takes far longer than a search waits for it. */
const ANSWER_DELAY_MS = 20;
const CAPTURED_AT = new Date(Date.now() - 2 * 86_400_000);
/** Documents that somebody else wrote, the first and the last in the order of ids. */
const FOREIGN: readonly mongo.Document[] = [
  { _id: '!' },
  { ...storedDocument(), _id: '"', embedding: mongo.Binary.fromInt8Array(Int8Array.of(1)) },
  { _id: '~', capturedAt: CAPTURED_AT, acceptedAt: CAPTURED_AT },
];

describe('POST /v1/metadata/search over documents of one capture time', () => {
  let test: TestDatabase;
  let documents: mongo.Collection<StoredDocument>;
  let gate: TcpGate;
  let api: AppProcess;

  const embeddingOf = (at: number): Float32Array =>
    Float32Array.from({ length: DIMENSION }, (_, i) => ((at * 31 + i * 7) % 101) - 50);
  const documentOf = (embedding: Float32Array, acceptedAt: Date): StoredDocument =>
    storedDocument({
      embedding: mongo.Binary.fromFloat32Array(embedding),
      embeddingDimension: DIMENSION,
      capturedAt: CAPTURED_AT,
      acceptedAt,
    });

  beforeAll(async () => {
    test = await testDatabase('search_loading');
    documents = test.database.collection('gpu_metadata');
    for (let at = 0; at < COUNT; at += BATCH) {
      const batch = Array.from({ length: BATCH }, (_, i) => documentOf(embeddingOf(at + i), CAPTURED_AT));
      await documents.insertMany(batch, { ordered: false });
    }
    await documents.insertMany(FOREIGN as StoredDocument[]);
    const { hostname: host, port } = new URL(test.uri);
    gate = new TcpGate(await freePort(), { host, port: Number(port) });
    gate.slow({ answerDelayMs: ANSWER_DELAY_MS });
    await gate.open();
    const throughGate = new URL(test.uri);
    throughGate.port = String(gate.port);
    api = await startApi({ READ_MONGODB_URI: throughGate.href, MONGODB_DB: test.name });
  });

  afterAll(async () => {
    await api.stop();
    await gate.close();
    await test.drop();
  });

  async function status(): Promise<StatusBody['searchIndex']> {
    return ((await (await fetch(`${api.url}/v1/status`)).json()) as StatusBody).searchIndex;
  }

  async function find(embedding: Float32Array): Promise<SearchBody> {
    const answer = await postTo(
      api,
      '/v1/metadata/search',
      JSON.stringify({ embedding: packedJson(embedding), k: 3 }),
    );
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as SearchBody;
  }

  it('answers from what is loaded and says how far that is, until it answers from all', async () => {
    expect(await status()).toMatchObject({ loaded: false, vectors: 0 });
    const answers: SearchBody[] = [];
    const isAnswered = async (isExpected: (answer: SearchBody) => boolean): Promise<boolean> => {
      answers.push(await find(embeddingOf(1)));
      return isExpected(answers.at(-1)!);
    };
    expect(await eventually(() => isAnswered(({ scanned }) => scanned > 0), WAIT_MS)).toBe(true);
    const partly = answers.at(-1)!;
    expect(partly).toMatchObject({ exhaustive: false, index: { loaded: false } });
    expect(partly.items).toHaveLength(3);
    expect(partly.scanned).toBeLessThan(COUNT);
    expect(partly.index.vectors).toBe(partly.scanned);
    expect(partly.index.documents).toBe(COUNT + FOREIGN.length);
    gate.heal();
    expect(await eventually(() => isAnswered(({ exhaustive }) => exhaustive), WAIT_MS)).toBe(true);
    const whole = answers.at(-1)!;
    expect(whole).toMatchObject({ scanned: COUNT, index: { loaded: true, vectors: COUNT } });
    expect(whole.items[0]!.score).toBeCloseTo(1, 12);
    expect(await status()).toMatchObject(whole.index);
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    expect(metrics).toMatch(/^search_index_loaded 1$/m);
    expect(metrics).toMatch(new RegExp(`^search_index_vectors ${COUNT}$`, 'm'));
    expect(metrics).toMatch(new RegExp(`^search_index_documents ${whole.index.documents}$`, 'm'));
  });

  it('finds what came and what was replaced later, whenever it was captured', async () => {
    const [added, replaced] = [0, 1].map((odd) =>
      Float32Array.from({ length: DIMENSION }, (_, i) => (i % 2 === odd ? 1 : -1) * ((i % 3) + 1)),
    ) as [Float32Array, Float32Array];
    const { _id } = (await documents.findOne({ embeddingDimension: DIMENSION }))!;
    await documents.replaceOne({ _id }, { ...documentOf(replaced, new Date()), _id });
    const late = documentOf(added, new Date());
    await documents.insertOne(late);
    const isNearest = async (embedding: Float32Array, eventId: string): Promise<boolean> =>
      (await find(embedding)).items[0]?.eventId === eventId;
    expect(await eventually(() => isNearest(added, late._id), WAIT_MS)).toBe(true);
    expect(await eventually(() => isNearest(replaced, _id), WAIT_MS)).toBe(true);
  });
});
