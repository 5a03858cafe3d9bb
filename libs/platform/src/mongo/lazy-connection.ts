import { setTimeout as sleep } from 'node:timers/promises';
import type { MongooseModuleFactoryOptions } from '@nestjs/mongoose';
import type { Connection, ConnectOptions } from 'mongoose';
import type { Logger } from '../logger';

const RECONNECT_MS = 2_000;

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
