import { GPU_METADATA_TOPICS } from '@libs/contracts';
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

/** In the order in which the worker reads them: a part of one partition, then one of the next. */
function batchesOf(documents: readonly GpuMetadataDocument[]): GpuMetadataDocument[][] {
  const partitions = GPU_METADATA_TOPICS[0]!.partitions;
  const turn = batchSize * partitions;
  const batches: GpuMetadataDocument[][] = [];
  for (let from = 0; from < documents.length; from += turn) {
    const part = documents.slice(from, from + turn);
    for (let partition = 0; partition < partitions; partition++)
      batches.push(part.filter((_, at) => at % partitions === partition));
  }
  return batches.filter(({ length }) => length > 0);
}

async function write(order: BareOrder): Promise<void> {
  const documents = documentsOf(order);
  const client = await mongo.MongoClient.connect(order.mongodbUri, { retryWrites: false });
  const collection = client.db(order.database).collection<GpuMetadataDocument>('gpu_metadata');
  process.send!('ready');
  const batches = batchesOf(documents);
  const lane = async (): Promise<void> => {
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      const { faults } = await bulkWrite(
        collection,
        batch.map((document) => ({ insertOne: { document } })),
      );
      if (faults[0]) throw new Error(faults[0].message);
    }
  };
  await Promise.all(Array.from({ length: writesAtOnce }, lane));
}

/** Stays connected until it is ended: with a thread that ends, here or in the database, what it used is forgotten. */
process.on('message', (order: BareOrder) => {
  write(order).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
