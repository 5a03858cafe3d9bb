import { randomUUID } from 'node:crypto';
import { mongo } from 'mongoose';
import { bareSink } from '../compare/sink/bare-sink';
import { checkStored } from '../compare/sink/check-stored';
import type { SinkOrder } from '../compare/sink/sink';
import { SinkRecords } from '../compare/sink/sink-records';
import { sinkRound, type SinkLoad } from '../compare/sink/sink-round';
import { SinkTopic } from '../compare/sink/sink-topic';
import type { StoredCollection } from '../compare/sink/watch-stored';
import { workerSink } from '../compare/sink/worker-sink';

jest.setTimeout(180_000);

const kafkaBrokers = process.env.TEST_KAFKA_BROKERS ?? '';
const mongodbUri = process.env.TEST_MONGODB_URI ?? '';
/** More than the writes that are under way at once, or all would be stored before the measuring begins. */
const size = { count: 900, dimension: 64 };

/** The bench in small, without peers and on the embedded database, so that it works when somebody needs it. */
describe('the sink bench', () => {
  const records = new SinkRecords(size.count, size.dimension);
  const databases: string[] = [];
  let client: mongo.MongoClient;
  let load: SinkLoad;

  beforeAll(async () => {
    client = await mongo.MongoClient.connect(mongodbUri, { retryWrites: false });
    load = { records, topic: await SinkTopic.fill(kafkaBrokers, records), warmUp: 60 };
  });
  afterAll(async () => {
    for (const name of databases) await client.db(name).dropDatabase();
    await client.close();
  });

  function order(): SinkOrder {
    const own = `bench-${randomUUID().slice(0, 8)}`;
    databases.push(own);
    return { kafkaBrokers, groupId: own, mongodbUri, database: own };
  }

  it.each([workerSink, bareSink(size)])('counts what is stored by: $name', async (sink) => {
    const { recordsPerSecond, processorMs, peakRssMib } = await sinkRound(sink, order(), load);
    for (const figure of [recordsPerSecond, processorMs, peakRssMib]) expect(figure).toBeGreaterThan(0);
  });

  it('is void where a document is missing, changed or another than was sent', async () => {
    const { database } = order();
    const collection: StoredCollection = client.db(database).collection('gpu_metadata');
    const vectorOf = (index: number): mongo.Binary =>
      mongo.Binary.fromFloat32Array(new Float32Array(new Uint8Array(records.embeddingAt(index)).buffer));
    const ids = Array.from({ length: size.count }, (_, index) => index);
    await collection.insertMany(
      ids.map((index) => ({ _id: records.idAt(index), embedding: vectorOf(index) })),
    );
    const check = (): Promise<void> => checkStored(collection, records, workerSink);
    await check();
    const last = { _id: records.idAt(size.count - 1) };
    await collection.updateOne(last, { $set: { embedding: vectorOf(0) } });
    await expect(check()).rejects.toThrow('is not what was sent');
    await collection.deleteOne(last);
    await expect(check()).rejects.toThrow(`${size.count - 1} of ${size.count} records are stored`);
    await collection.insertOne({ _id: records.idAt(size.count), embedding: vectorOf(0) });
    await expect(check()).rejects.toThrow('is none of the records');
  });
});
