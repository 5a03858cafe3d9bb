import { mongo } from 'mongoose';
import { writeFaultsOf, type WriteFault } from './write-faults';

/** Longest wait for one answer of the database; after it the outcome is unknown and the batch is tried again. */
export const OPERATION_TIMEOUT_MS = 10_000;

/**
 * Writes all at once, in any order, acknowledged by a majority; answers the operations that the server refused.
 *
 * @throws MongoError when the bulk failed as a whole
 */
export async function bulkWrite<Document extends mongo.Document>(
  collection: mongo.Collection<Document>,
  operations: mongo.AnyBulkWriteOperation<Document>[],
): Promise<{ readonly faults: readonly WriteFault[]; readonly matched: number }> {
  try {
    const { matchedCount } = await collection.bulkWrite(operations, {
      ordered: false,
      writeConcern: { w: 'majority' },
      timeoutMS: OPERATION_TIMEOUT_MS,
    });
    return { faults: [], matched: matchedCount };
  } catch (error) {
    const faults = writeFaultsOf(error);
    if (!faults) throw error;
    return { faults, matched: (error as mongo.MongoBulkWriteError).matchedCount };
  }
}
