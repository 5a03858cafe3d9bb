import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MongooseModuleFactoryOptions } from '@nestjs/mongoose';
import { mongo, type Connection, type ConnectOptions } from 'mongoose';
import { z } from 'zod';
import { StoreUnavailable } from '@libs/domain';
import type { Logger } from '../logger';

const RECONNECT_MS = 2_000;

/** Which database, and where. */
export interface DatabaseSettings {
  readonly uri: string;
  readonly name: string;
}

/** A connection string of MongoDB with options the driver knows; its own words would repeat it, password and all. */
export function connectionString(): z.ZodType<string> {
  return z
    .string()
    .refine(isConnectionString, { error: 'must be a connection string of MongoDB with options it knows' });
}

function isConnectionString(uri: string): boolean {
  try {
    new mongo.MongoClient(uri);
    return true;
  } catch {
    return false;
  }
}

/** Options for MongooseModule: start-up does not wait for the database. */
export function lazyConnection(
  uri: string,
  options: ConnectOptions,
  logger: Logger,
): MongooseModuleFactoryOptions {
  return {
    uri,
    ...options,
    lazyConnection: true,
    connectionFactory: (connection: Connection) => {
      void connectInTheEnd(connection, () => connection.openUri(uri, options), logger);
      return connection;
    },
  };
}

/** Makes the first connection, as often as it takes; from then on the driver itself reconnects. */
async function connectInTheEnd(
  connection: Connection,
  connect: () => Promise<unknown>,
  logger: Logger,
): Promise<void> {
  for (let attempt: Promise<unknown> = connection.asPromise(); ;) {
    try {
      await attempt;
      return;
    } catch (error) {
      logger.warn({ fault: (error as Error).message }, 'cannot connect to the database yet');
      await sleep(RECONNECT_MS, undefined, { ref: false });
      attempt = connect();
    }
  }
}

/**
 * The database behind mongoose's back: casting costs more than the write. It is named, because the connection does
 * not know its own until it is made: what waits for a server then would land in `test`.
 *
 * @throws StoreUnavailable while there is no client
 */
export function namedDatabase(connection: Connection, { name }: Pick<DatabaseSettings, 'name'>): mongo.Db {
  const client = connection.getClient() as mongo.MongoClient | undefined;
  if (!client) throw new StoreUnavailable();
  return client.db(name);
}

/**
 * True where an operation failed at the database or on the way there. The driver (mongodb 6.20, `writeCommand`) hands
 * on the bare error of a socket that breaks while it waits to write more, so that counts too.
 */
export function isDatabaseFault(error: unknown): error is Error {
  return error instanceof mongo.MongoError || isSocketFault(error);
}

function isSocketFault(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && (code in constants.errno || code.startsWith('ERR_SSL_'));
}

/** A dot would be a path in the database's queries and updates; `%` is in no name of ours, so the way back is plain. */
const STORED_DOT = '%2E';

/** The entries of a map of names as the database keeps them. */
export function toStoredFields<Value>(
  fields: Readonly<Record<string, Value>>,
): [name: string, value: Value][] {
  return Object.entries(fields).map(([name, value]) => [name.replaceAll('.', STORED_DOT), value]);
}

/** The map of names as it was sent. */
export function fromStoredFields<Value>(stored: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(stored).map(([name, value]) => [name.replaceAll(STORED_DOT, '.'), value]),
  );
}
