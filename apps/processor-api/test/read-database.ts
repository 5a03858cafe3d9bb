import { randomUUID } from 'node:crypto';
import { mongo } from 'mongoose';
import { ALL_MIGRATIONS } from '../../metadata-worker/src/adapters/mongo/migrations/all-migrations';
import { Migrator } from '../../metadata-worker/src/adapters/mongo/migrations/migrator';

/** A database of this spec alone, with the worker's collections and indexes. */
export interface TestDatabase {
  readonly uri: string;
  readonly name: string;
  readonly database: mongo.Db;
  readonly drop: () => Promise<void>;
}

export async function testDatabase(prefix: string): Promise<TestDatabase> {
  const uri = process.env.TEST_MONGODB_URI;
  if (!uri) throw new Error("TEST_MONGODB_URI is not set: run the jest project 'stack'");
  const name = `${prefix}-${randomUUID().slice(0, 8)}`;
  const client = await mongo.MongoClient.connect(uri, { retryWrites: false, monitorCommands: true });
  const database = client.db(name);
  const migrator = new Migrator(database, ALL_MIGRATIONS);
  for (const migration of await migrator.pending()) await migrator.make(migration, () => Promise.resolve());
  const drop = async (): Promise<void> => {
    await database.dropDatabase();
    await client.close();
  };
  return { uri, name, database, drop };
}

/** A `find` of the collection of documents, and what came back. */
export interface FindCommand {
  readonly filter: mongo.Document;
  readonly limit: number;
  readonly batchSize: number;
  returned: number;
}

/** What a database is asked, until it is stopped. */
export class FindCommands {
  readonly commands: FindCommand[] = [];
  private readonly pending = new Map<number, FindCommand>();

  constructor(private readonly database: mongo.Db) {
    database.client.on('commandStarted', this.started).on('commandSucceeded', this.succeeded);
  }

  stop(): void {
    this.database.client.off('commandStarted', this.started).off('commandSucceeded', this.succeeded);
  }

  private readonly started = ({ commandName, command, requestId }: mongo.CommandStartedEvent): void => {
    if (commandName !== 'find' || command.find !== 'gpu_metadata') return;
    const { filter, limit, batchSize } = command as FindCommand;
    const find = { filter, limit, batchSize, returned: 0 };
    this.commands.push(find);
    this.pending.set(requestId, find);
  };

  private readonly succeeded = ({ requestId, reply }: mongo.CommandSucceededEvent): void => {
    const find = this.pending.get(requestId);
    if (!find) return;
    const { cursor } = reply as { cursor: { firstBatch: readonly unknown[] } };
    find.returned = cursor.firstBatch.length;
  };
}

export type StoredDocument = mongo.Document & {
  readonly _id: string;
  readonly model: string;
  readonly gpu: { readonly deviceName: string };
  readonly tags: readonly string[];
  readonly capturedAt: Date;
};

/** A document as the worker writes it. */
export function storedDocument(changes: mongo.Document = {}): StoredDocument {
  const embedding = Float32Array.of(0.5, -1, 0.1);
  return {
    _id: randomUUID(),
    schemaVersion: 1,
    model: 'resnet50',
    embedding: mongo.Binary.fromFloat32Array(embedding),
    embeddingDimension: embedding.length,
    embeddingNorm: Math.hypot(...embedding),
    gpu: {
      deviceName: 'Tesla T4',
      backend: 'cuda',
      totalMemoryBytes: 4,
      allocatedMemoryBytes: 1,
      computeCapability: '7.5',
      driverVersion: '550.54.15',
      cudaVersion: '12.4',
      hipVersion: null,
      torchVersion: null,
      memoryUtilization: 0.25,
    },
    source: { kind: 'image', name: 'cat.jpg' },
    tags: ['colab'],
    // As the worker does: the driver takes an object with a key `_bsontype` for one of its own types.
    attributes: new Map<string, unknown>([
      ['batch', 7],
      ['_bsontype', 'x'],
    ]),
    producer: { keyId: 'notebook' },
    capturedAt: new Date('2026-11-21T05:39:39.123Z'),
    acceptedAt: new Date('2026-11-21T05:39:40.001Z'),
    processedAt: new Date('2026-11-21T05:39:40.050Z'),
    pipeline: {
      tags: ['colab'],
      topic: 'gpu-metadata',
      partition: 3,
      offset: mongo.Long.fromNumber(41),
      workerVersion: '0.1.0',
      ingestLatencyMs: 49,
    },
    ...changes,
  } as StoredDocument;
}
