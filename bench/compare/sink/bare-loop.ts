import { derivedValues } from '@libs/domain';
import { mongo } from 'mongoose';
import { bulkWrite } from '../../../apps/metadata-worker/src/adapters/mongo/bulk-write';
import {
  toDocument,
  type GpuMetadataDocument,
} from '../../../apps/metadata-worker/src/adapters/mongo/gpu-metadata.document';
import { SinkRecords } from './sink-records';

/** What is written, and where. */
export interface BareOrder {
  readonly mongodbUri: string;
  readonly database: string;
  readonly count: number;
  readonly dimension: number;
}

/** As the worker does by default: so many records in a write, so many writes at once. */
const batchSize = 200;
const writesAtOnce = 3;

function documentsOf({ count, dimension }: BareOrder): GpuMetadataDocument[] {
  const records = new SinkRecords(count, dimension);
  const now = new Date();
  return Array.from({ length: count }, (_, index) => {
    const event = records.eventAt(index, now);
    const position = { topic: 'gpu-metadata', partition: 0, offset: BigInt(index) };
    const pipeline = { tags: [], position, workerVersion: '0', ingestLatencyMs: 1 };
    return toDocument({ ...event, ...derivedValues(event), processedAt: now, pipeline }, 'vector');
  });
}

async function write(order: BareOrder): Promise<void> {
  const documents = documentsOf(order);
  const client = await mongo.MongoClient.connect(order.mongodbUri, { retryWrites: false });
  const collection = client.db(order.database).collection<GpuMetadataDocument>('gpu_metadata');
  process.send!('ready');
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < documents.length) {
      const batch = documents.slice(next, (next += batchSize));
      const { faults } = await bulkWrite(
        collection,
        batch.map((document) => ({ insertOne: { document } })),
      );
      if (faults[0]) throw new Error(faults[0].message);
    }
  };
  await Promise.all(Array.from({ length: writesAtOnce }, lane));
  await client.close();
}

/** Stays until it is ended, so that what it used can still be told. */
process.on('message', (order: BareOrder) => {
  write(order).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
