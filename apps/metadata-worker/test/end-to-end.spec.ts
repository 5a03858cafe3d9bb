import { randomUUID } from 'node:crypto';
import { mongo } from 'mongoose';
import { packedBody, submissionBody } from '@libs/contracts/testing';
import { AppProcess, eventually } from '../../../tools/testing/app-process';
import { MetadataTopic } from './metadata-topic';

interface StoredRecord {
  readonly _id: string;
  readonly model: string;
  readonly embedding: mongo.Binary;
  readonly attributes: object;
  readonly acceptedAt: Date;
}

/** A document or a list of them, as the API answers. */
interface Read {
  readonly eventId?: string;
  readonly gpu?: object;
  readonly attributes?: object;
  readonly capturedAt?: string;
  readonly items?: readonly Read[];
}

interface Receipt {
  readonly eventId: string;
  readonly acceptedAt: string;
}

const DATABASE = `end_to_end_${randomUUID().slice(0, 8)}`;
const FLOAT32_VECTOR_HEADER_BYTES = 2;

describe('a record from POST to the database', () => {
  let client: mongo.MongoClient;
  let documents: mongo.Collection<StoredRecord>;
  let api: AppProcess;
  let worker: AppProcess;

  beforeAll(async () => {
    const { TEST_KAFKA_BROKERS: brokers, TEST_MONGODB_URI: uri = '' } = process.env;
    client = await new mongo.MongoClient(uri).connect();
    documents = client.db(DATABASE).collection<StoredRecord>('gpu_metadata');
    const shared = { KAFKA_BROKERS: brokers, AUTH_MODE: 'off' };
    // What other tests published is not for this database: storing it would keep it busy while this test reads.
    const topic = await MetadataTopic.open();
    await topic.place(DATABASE, await topic.ends());
    await topic.close();
    const ofWorker = { ...shared, MONGODB_URI: uri, MONGODB_DB: DATABASE, KAFKA_GROUP_ID: DATABASE };
    [api, worker] = await Promise.all([
      AppProcess.start('processor-api', { ...shared, READ_MONGODB_URI: uri, MONGODB_DB: DATABASE }),
      AppProcess.start('metadata-worker', ofWorker),
    ]);
  }, 60_000);

  afterAll(async () => {
    expect(await Promise.all([api.stop(), worker.stop()])).toEqual([0, 0]);
    await client.db(DATABASE).dropDatabase();
    await client.close();
  }, 60_000);

  async function post(changes: Record<string, unknown>): Promise<Receipt> {
    const response = await fetch(`${api.url}/metadata`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(submissionBody(changes)),
    });
    expect(response.status).toBe(202);
    return (await response.json()) as Receipt;
  }

  async function stored(eventId: string, acceptedAt: string): Promise<StoredRecord> {
    let found: StoredRecord | null = null;
    const isThere = async (): Promise<boolean> => {
      found = await documents.findOne({ _id: eventId });
      return found?.acceptedAt.toISOString() === acceptedAt;
    };
    expect(await eventually(isThere, 20_000)).toBe(true);
    return found!;
  }

  const FORMS = [
    ['JSON numbers', (values: readonly number[]) => values],
    ['the packed form', (values: readonly number[]) => packedBody(values)],
  ] as const;

  it.each(
    FORMS.flatMap(([name, form]) => [1, 2048, 8192].map((dimension) => [dimension, name, form] as const)),
  )(
    'keeps %d values sent as %s bit for bit',
    async (dimension, _, form) => {
      const sent = Float32Array.from(
        { length: dimension },
        () => (Math.random() - 0.5) * 10 ** (Math.random() * 60 - 30),
      );
      const { eventId, acceptedAt } = await post({ eventId: undefined, embedding: form([...sent]) });
      const { embedding } = await stored(eventId, acceptedAt);
      expect(embedding.sub_type).toBe(mongo.Binary.SUBTYPE_VECTOR);
      expect(Buffer.from(embedding.value()).subarray(FLOAT32_VECTOR_HEADER_BYTES)).toEqual(
        Buffer.from(sent.buffer),
      );
    },
    30_000,
  );

  it('is read back as it was sent by every route, whatever its attributes are named', async () => {
    const gpu = {
      deviceName: 'AMD Instinct MI300A',
      backend: 'rocm',
      totalMemoryBytes: 1000,
      allocatedMemoryBytes: 1600,
      driverVersion: '6.10.5',
      hipVersion: '6.2.41133-dd7f95766',
    };
    const attributes = {
      'eval/loss': 0.3,
      'model.type': 'cnn',
      'test acc': 0.9,
      'a.b.': 1,
      '.': true,
      ' x': 'y',
    };
    const embedding = [0.25, -0.5, 8];
    // The topic is shared with every other test.
    const tag = randomUUID();
    // Searches look for the latest captures first.
    const capturedAt = new Date().toISOString();
    const { eventId, acceptedAt } = await post({
      eventId: null,
      source: null,
      embedding,
      tags: [tag],
      gpu: { ...gpu, deviceName: ` ${gpu.deviceName}\u0000 ` },
      capturedAt: capturedAt.replace('T', ' ').toLowerCase(),
      attributes: { ...attributes, loss: null },
    });
    const document = await stored(eventId, acceptedAt);
    expect(document.attributes).toMatchObject({
      'eval/loss': 0.3,
      'model%2Etype': 'cnn',
      'a%2Eb%2E': 1,
      '%2E': true,
    });

    const read = async (path: string, init?: RequestInit): Promise<Read> =>
      (await (await fetch(api.url + path, init)).json()) as Read;
    const search = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ embedding, filter: { tag, deviceName: `${gpu.deviceName} ` } }),
    };
    let similar: Read = {};
    const isFound = async (): Promise<boolean> => {
      similar = await read('/v1/metadata/search', search);
      return similar.items?.some((item) => item.eventId === eventId) ?? false;
    };
    expect(await eventually(isFound, 30_000)).toBe(true);
    const page = await read(`/v1/metadata?tag=${tag}&deviceName=${encodeURIComponent(gpu.deviceName)}`);
    for (const list of [page, similar]) expect(list).toMatchObject({ items: [{ eventId }] });
    const answers = [await read(`/v1/metadata/${eventId}`), ...(page.items ?? []), ...(similar.items ?? [])];
    for (const answer of answers) {
      expect(answer.gpu).toMatchObject({ ...gpu, memoryUtilization: 1.6, cudaVersion: null });
      expect(answer.attributes).toEqual(attributes);
      expect(answer.capturedAt).toBe(capturedAt);
      expect(answer).not.toHaveProperty('source');
    }
  }, 60_000);

  it('is one document when the same event is posted three times', async () => {
    const eventId = randomUUID();
    const receipts = [
      await post({ eventId }),
      await post({ eventId }),
      await post({ eventId: eventId.toUpperCase() }),
    ];
    await stored(eventId, receipts.at(-1)!.acceptedAt);
    expect(await documents.countDocuments({ _id: eventId })).toBe(1);
  }, 30_000);

  it('is the later accepted of two bodies with one eventId', async () => {
    const eventId = randomUUID();
    await post({ eventId, model: 'first' });
    const { acceptedAt } = await post({ eventId, model: 'second' });
    expect(await stored(eventId, acceptedAt)).toMatchObject({ model: 'second' });
  }, 30_000);
});
