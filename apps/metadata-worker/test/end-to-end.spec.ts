import { randomUUID } from 'node:crypto';
import { mongo } from 'mongoose';
import { packedBody, submissionBody } from '@libs/contracts/testing';
import { AppProcess, eventually } from '../../../tools/testing/app-process';

interface StoredRecord {
  readonly _id: string;
  readonly model: string;
  readonly embedding: mongo.Binary;
  readonly acceptedAt: Date;
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
    const ofWorker = { ...shared, MONGODB_URI: uri, MONGODB_DB: DATABASE, KAFKA_GROUP_ID: DATABASE };
    [api, worker] = await Promise.all([
      AppProcess.start('processor-api', shared),
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
