import type { MongooseModuleFactoryOptions } from '@nestjs/mongoose';
import type { Connection, ConnectOptions } from 'mongoose';
import type { DatabaseSettings } from '../../config';
import { gpuMetadataSchema, type GpuMetadataDocument } from './gpu-metadata.document';
import type { MetadataCollection } from './mongo-metadata-store';

/** The first connection may take as long as the database is away; each operation has its own deadline. */
const WAIT_FOR_EVER_MS = 2 ** 31 - 1;

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
export function mongooseOptions({ uri, name }: DatabaseSettings): MongooseModuleFactoryOptions {
  return { uri, dbName: name, lazyConnection: true, serverSelectionTimeoutMS: WAIT_FOR_EVER_MS, ...OPTIONS };
}

/** Options for a program that gives up when the database is away. */
export function connectOptions({ name }: DatabaseSettings, timeoutMs: number): ConnectOptions {
  return { ...OPTIONS, dbName: name, serverSelectionTimeoutMS: timeoutMs };
}

/** `gpu_metadata` behind mongoose's back: casting costs more than the write. @throws before the first connection */
export function metadataCollection(connection: Connection): MetadataCollection {
  const name = gpuMetadataSchema.get('collection')!;
  return connection.getClient().db(connection.name).collection<GpuMetadataDocument>(name);
}
