import type { Connection, mongo } from 'mongoose';
import { StoreUnavailable } from '@libs/domain';

/** Which database, and where. */
export interface DatabaseSettings {
  readonly uri: string;
  readonly name: string;
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
