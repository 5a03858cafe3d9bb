import type { MongooseModuleFactoryOptions } from '@nestjs/mongoose';
import type { ConnectOptions, mongo } from 'mongoose';
import { lazyConnection, type Logger } from '@libs/platform';
import type { ReadSettings } from '../../config';

/** One try of the first connection; mongoose cannot close a connection that is still being made. */
const CONNECT_TRY_MS = 2_000;
/** How long a read looks for a server before it is told that there is none. */
const SELECT_SERVER_MS = 1_000;

/** Options for MongooseModule: a small pool of its own, from replicas unless the URI says otherwise. */
export function readConnection(reads: ReadSettings, logger: Logger): MongooseModuleFactoryOptions {
  const options: ConnectOptions = {
    ...readClientOptions(reads),
    dbName: reads.name,
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
  };
  return lazyConnection(reads.uri, options, logger);
}

/** What of it concerns the driver. */
export function readClientOptions({ uri, poolSize, timeoutMs }: ReadSettings): mongo.MongoClientOptions {
  return {
    appName: 'processor-api',
    maxPoolSize: poolSize,
    retryWrites: false,
    connectTimeoutMS: CONNECT_TRY_MS,
    serverSelectionTimeoutMS: Math.min(SELECT_SERVER_MS, timeoutMs),
    // An option given here would win over the URI's.
    ...(!/[?&]readPreference=/i.test(uri) && { readPreference: 'secondaryPreferred' }),
  };
}
