import '@libs/platform/require-node';
import { createConnection, Schema, type Connection } from 'mongoose';
import { ConfigurationFault } from '@libs/platform';
import { connectOptions } from './adapters/mongo/mongo-connection';
import { gpuMetadataSchema } from './adapters/mongo/gpu-metadata.document';
import { workerConfig } from './config';

const CONNECT_TIMEOUT_MS = 10_000;

interface Gpu {
  readonly gpu_index: number;
  readonly name: string;
  readonly price_per_hour_usd: number;
}

/** Known GPUs with a typical rental price, so that cost per record can be told from the first day. */
const SEED_GPUS: readonly Gpu[] = [
  { gpu_index: 0, name: 'RTX 3090', price_per_hour_usd: 0.22 },
  { gpu_index: 1, name: 'A100 40GB', price_per_hour_usd: 1.1 },
];

const gpuSchema = new Schema(
  { gpu_index: Number, name: String, price_per_hour_usd: Number, ts: Date },
  { collection: 'gpus', versionKey: false, autoIndex: false, autoCreate: false },
)
  .index({ name: 1 })
  .index({ gpu_index: 1 });

/** Makes what is missing and changes nothing else: collections, indexes, seed GPUs. */
async function migrate(connection: Connection): Promise<void> {
  const models = [connection.model('GpuMetadata', gpuMetadataSchema), connection.model('Gpu', gpuSchema)];
  for (const model of models) {
    await model.createCollection();
    await model.createIndexes();
    const indexes = await model.collection.indexes();
    say(`${model.collection.name}: ${indexes.length} indexes`);
  }
  const ts = new Date();
  for (const { name, ...rest } of SEED_GPUS) {
    const gpus = connection.model('Gpu').collection;
    const { upsertedCount } = await gpus.updateOne(
      { name },
      { $setOnInsert: { ...rest, ts } },
      { upsert: true },
    );
    say(`gpus: ${name} ${upsertedCount > 0 ? 'added' : 'is there'}`);
  }
}

function say(line: string): void {
  process.stdout.write(`migrate: ${line}\n`);
}

async function main(): Promise<void> {
  const { database } = workerConfig();
  const connection = await createConnection(
    database.uri,
    connectOptions(database, CONNECT_TIMEOUT_MS),
  ).asPromise();
  try {
    await migrate(connection);
  } finally {
    await connection.close();
  }
}

main().catch((error: unknown) => {
  const message = error instanceof ConfigurationFault ? error.message : `migrate: ${String(error)}`;
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
});
