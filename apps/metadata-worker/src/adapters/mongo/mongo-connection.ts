import { setTimeout as sleep } from 'node:timers/promises';
import type { MongooseModuleFactoryOptions } from '@nestjs/mongoose';
import type { Connection, ConnectOptions, mongo } from 'mongoose';
import { StoreUnavailable } from '@libs/domain';
import type { Logger } from '@libs/platform';
import type { DatabaseSettings } from '../../config';
import type { GpuMetadataDocument } from './gpu-metadata.document';
import type { MetadataCollection } from './mongo-metadata-store';

/** One try of the first connection; mongoose cannot close a connection that is still being made. */
const CONNECT_TRY_MS = 3_000;
const RECONNECT_MS = 2_000;

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
  return {
    uri: database.uri,
    ...connectOptions(database, CONNECT_TRY_MS),
    lazyConnection: true,
    connectionFactory: (connection: Connection) => {
      void connectInTheEnd(connection, database, logger);
      return connection;
    },
  };
}

/** Makes the first connection, as often as it takes; from then on the driver itself reconnects. */
async function connectInTheEnd(
  connection: Connection,
  database: DatabaseSettings,
  logger: Logger,
): Promise<void> {
  for (let attempt = connection.asPromise(); ;) {
    try {
      await attempt;
      return;
    } catch (error) {
      logger.warn({ fault: (error as Error).message }, 'cannot connect to the database yet');
      await sleep(RECONNECT_MS, undefined, { ref: false });
      attempt = connection.openUri(database.uri, connectOptions(database, CONNECT_TRY_MS));
    }
  }
}

/** Options for a program that gives up when the database is away. */
export function connectOptions({ name }: DatabaseSettings, timeoutMs: number): ConnectOptions {
  return { ...OPTIONS, dbName: name, serverSelectionTimeoutMS: timeoutMs };
}

/**
 * The database behind mongoose's back: casting costs more than the write. It is named, because the connection does
 * not know its own until it is made: what waits for a server then would land in `test`.
 *
 * @throws StoreUnavailable while there is no client
 */
export function namedDatabase(connection: Connection, { name }: DatabaseSettings): mongo.Db {
  const client = connection.getClient() as mongo.MongoClient | undefined;
  if (!client) throw new StoreUnavailable();
  return client.db(name);
}

/** `gpu_metadata`; @throws StoreUnavailable while there is no client */
export function metadataCollection(connection: Connection, database: DatabaseSettings): MetadataCollection {
  return namedDatabase(connection, database).collection<GpuMetadataDocument>('gpu_metadata');
}
