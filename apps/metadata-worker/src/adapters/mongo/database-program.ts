import { createConnection, type mongo } from 'mongoose';
import { ConfigurationFault, namedDatabase } from '@libs/platform';
import { workerConfig, type WorkerConfig } from '../../config';
import { connectOptions } from './mongo-connection';

const CONNECT_TIMEOUT_MS = 10_000;

/** Runs `work` on the worker's database; a failure is told in one line that starts with `name`, with exit code 1. */
export async function runOnDatabase(
  name: string,
  work: (database: mongo.Db, config: WorkerConfig) => Promise<void>,
): Promise<void> {
  try {
    const config = workerConfig();
    const options = connectOptions(config.database, CONNECT_TIMEOUT_MS);
    const connection = await createConnection(config.database.uri, options).asPromise();
    try {
      await work(namedDatabase(connection, config.database), config);
    } finally {
      await connection.close();
    }
  } catch (error) {
    process.stderr.write(
      error instanceof ConfigurationFault ? `${error.message}\n` : `${name}: ${told(error)}\n`,
    );
    process.exitCode = 1;
  }
}

/** Of a class of its own the name says something; a cause is not part of the message. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.name === 'Error' ? error.message : String(error)}${cause}`;
}
