import type { MongooseModuleFactoryOptions } from '@nestjs/mongoose';
import type { Connection, ConnectOptions } from 'mongoose';
import { lazyConnection, namedDatabase, type DatabaseSettings, type Logger } from '@libs/platform';
import type { GpuMetadataDocument } from './gpu-metadata.document';
import type { MetadataCollection } from './mongo-metadata-store';

/** One try of the first connection; mongoose cannot close a connection that is still being made. */
const CONNECT_TRY_MS = 3_000;

const OPTIONS: ConnectOptions = {
  appName: 'metadata-worker',
  autoIndex: false,
  autoCreate: false,
  bufferCommands: false,
  maxPoolSize: 8,
  // DocumentDB before 8.0.2 refuses retryable writes; our own retry makes them needless.
  retryWrites: false,
};

/** Options for MongooseModule: start-up does not wait for the database. */
export function mongooseOptions(database: DatabaseSettings, logger: Logger): MongooseModuleFactoryOptions {
  return lazyConnection(database.uri, connectOptions(database, CONNECT_TRY_MS), logger);
}

/** Options for a program that gives up when the database is away. */
export function connectOptions({ name }: DatabaseSettings, timeoutMs: number): ConnectOptions {
  return { ...OPTIONS, dbName: name, serverSelectionTimeoutMS: timeoutMs };
}

/** `gpu_metadata`; @throws StoreUnavailable while there is no client */
export function metadataCollection(connection: Connection, database: DatabaseSettings): MetadataCollection {
  return namedDatabase(connection, database).collection<GpuMetadataDocument>('gpu_metadata');
}
