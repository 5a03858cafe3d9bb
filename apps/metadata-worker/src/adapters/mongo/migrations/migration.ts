import { mongo } from 'mongoose';

/** One change to the database that may be made again without harm. */
export interface MigrationStep {
  readonly title: string;
  apply(database: mongo.Db): Promise<void>;
}

/** A step forward of the database. Never changed once released: what it forgot is the next one's. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly steps: readonly MigrationStep[];
}

const NAMESPACE_EXISTS = 48;

export function makeCollection(name: string): MigrationStep {
  return {
    title: `collection ${name}`,
    apply: async (database) => {
      await database.createCollection(name).catch((error: unknown) => {
        if (!(error instanceof mongo.MongoServerError && error.code === NAMESPACE_EXISTS)) throw error;
      });
    },
  };
}

export function makeIndex(collection: string, key: Readonly<Record<string, 1 | -1>>): MigrationStep {
  return {
    title: `index ${collection} ${JSON.stringify(key)}`,
    apply: async (database) => {
      await database.collection(collection).createIndex(key);
    },
  };
}
