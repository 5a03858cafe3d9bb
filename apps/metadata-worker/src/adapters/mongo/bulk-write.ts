import { mongo } from 'mongoose';

/** Longest wait for one answer of the database; after it the outcome is unknown and the batch is tried again. */
export const OPERATION_TIMEOUT_MS = 10_000;

const DUPLICATE_KEY = 11000;

/**
 * Codes that a document earns by itself, for ever: BadValue, FailedToParse, TypeMismatch, InvalidBSON,
 * DollarPrefixedFieldName, DottedFieldName, DocumentValidationFailure, BSONObjectTooLarge, KeyTooLong.
 * Source: MongoDB's error_codes.yml. Every other code is taken for a fault that passes.
 */
const DOCUMENT_CODES: ReadonlySet<number> = new Set([2, 9, 14, 22, 52, 57, 121, 10334, 17280]);

/** One operation of a bulk write that the server refused. */
export interface WriteFault {
  readonly index: number;
  readonly kind: 'conflict' | 'rejected' | 'transient';
  readonly message: string;
}

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

/**
 * The operations of an unordered bulk write that failed, when the others went through; undefined when the bulk
 * failed as a whole, whose error carries no write errors whatever its class.
 */
export function writeFaultsOf(error: unknown): readonly WriteFault[] | undefined {
  if (!(error instanceof mongo.MongoBulkWriteError)) return undefined;
  const writeErrors = [error.writeErrors].flat();
  if (writeErrors.length === 0 || error.result.getWriteConcernError()) return undefined;
  return writeErrors.map(({ index, code, errmsg }) => ({
    index,
    kind: kindOf(code),
    message: errmsg ?? `code ${code}`,
  }));
}

function kindOf(code: number): WriteFault['kind'] {
  if (code === DUPLICATE_KEY) return 'conflict';
  return DOCUMENT_CODES.has(code) ? 'rejected' : 'transient';
}
