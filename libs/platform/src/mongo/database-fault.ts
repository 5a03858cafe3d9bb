import { constants } from 'node:os';
import { mongo } from 'mongoose';

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
