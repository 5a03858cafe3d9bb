import { randomUUID } from 'node:crypto';
import { mongo } from 'mongoose';

const scratchDatabase = 'stack_readiness';

/** Resolves when a document was written, read back and removed; on a full disk a ping alone still answers. */
export async function probeDatabase(uri: string): Promise<void> {
  const client = new mongo.MongoClient(uri, { serverSelectionTimeoutMS: 1000, socketTimeoutMS: 5000 });
  try {
    const database = client.db(scratchDatabase);
    const probes = database.collection<{ _id: string }>('probes');
    const _id = randomUUID();
    await probes.insertOne({ _id });
    if ((await probes.findOne({ _id })) === null) throw new Error('a document written was not found again');
    await database.dropDatabase();
  } finally {
    await client.close();
  }
}
