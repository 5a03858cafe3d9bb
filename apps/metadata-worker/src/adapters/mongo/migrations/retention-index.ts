import { mongo } from 'mongoose';

const INDEX = 'retention';
const DAY_S = 86_400;
const NAMESPACE_NOT_FOUND = 26;

/** What makes the database keep documents as long as it should; undefined where it does already. */
export interface RetentionChange {
  readonly title: string;
  apply(): Promise<unknown>;
}

/**
 * Compares the TTL index on `gpu_metadata.acceptedAt` with the retention wanted: it is a setting, and so not a
 * migration that is made once.
 */
export async function retentionChange(
  database: mongo.Db,
  retentionDays: number | undefined,
): Promise<RetentionChange | undefined> {
  const documents = database.collection('gpu_metadata');
  const current = await secondsNow(documents);
  const wanted = retentionDays === undefined ? undefined : retentionDays * DAY_S;
  if (current === wanted) return undefined;
  if (wanted === undefined) {
    return { title: 'retention: keep documents for ever', apply: () => documents.dropIndex(INDEX) };
  }
  const title = `retention: remove documents ${retentionDays} day(s) after they were accepted`;
  if (current === undefined) {
    const options = { name: INDEX, expireAfterSeconds: wanted };
    return { title, apply: () => documents.createIndex({ acceptedAt: 1 }, options) };
  }
  const index = { name: INDEX, expireAfterSeconds: wanted };
  return { title, apply: () => database.command({ collMod: documents.collectionName, index }) };
}

async function secondsNow(documents: mongo.Collection): Promise<number | undefined> {
  try {
    const indexes = await documents.indexes();
    return indexes.find(({ name }) => name === INDEX)?.expireAfterSeconds;
  } catch (error) {
    if (error instanceof mongo.MongoServerError && error.code === NAMESPACE_NOT_FOUND) return undefined;
    throw error;
  }
}
