import { mongo } from 'mongoose';
import {
  MetadataStore,
  RecordRejected,
  StoreUnavailable,
  type RecordedMetadata,
  type StoreOutcome,
} from '@libs/domain';
import type { EmbeddingStorage } from '../../config';
import { toDocument, type GpuMetadataDocument } from './gpu-metadata.document';
import { writeFaultsOf, type WriteFault } from './write-faults';

/** Longest wait for one answer of the database; after it the outcome is unknown and the batch is tried again. */
const OPERATION_TIMEOUT_MS = 10_000;
/** Lost races for one document in a row before the whole batch is tried again later. */
const MAX_CONTESTS = 5;

export type MetadataCollection = mongo.Collection<GpuMetadataDocument>;

/** One open record: its place in the caller's batch and the operation that stores it. */
interface Open {
  readonly at: number;
  readonly record: RecordedMetadata;
}

/**
 * Conditional upserts: a document is replaced only by a later event of its own key id. Where the condition does
 * not hold the upsert half collides with the document (E11000); a second look tells whether the event is
 * superseded, foreign, or lost a race with another writer and must be written again.
 */
export class MongoMetadataStore extends MetadataStore {
  constructor(
    private readonly collection: () => MetadataCollection,
    private readonly storage: EmbeddingStorage,
  ) {
    super();
  }

  async upsert(records: readonly RecordedMetadata[]): Promise<readonly StoreOutcome[]> {
    const outcomes: StoreOutcome[] = [];
    try {
      await this.settle(records, outcomes);
    } catch (cause) {
      throw cause instanceof StoreUnavailable || isFaultOfOurs(cause)
        ? cause
        : new StoreUnavailable({ cause });
    }
    return outcomes;
  }

  private async settle(records: readonly RecordedMetadata[], outcomes: StoreOutcome[]): Promise<void> {
    let open: readonly Open[] = records.map((record, at) => ({ at, record }));
    for (let contest = 0; contest < MAX_CONTESTS; contest++) {
      const conflicts = await this.write(open, outcomes);
      if (conflicts.length === 0) return;
      open = await this.lookAgain(conflicts, outcomes);
      if (open.length === 0) return;
    }
    throw new StoreUnavailable({ cause: new Error(`${open.length} document(s) stayed contested`) });
  }

  /** Writes all at once; answers those whose document exists and did not match. */
  private async write(open: readonly Open[], outcomes: StoreOutcome[]): Promise<Open[]> {
    const operations = open.map(({ record }) => this.operation(record));
    const faults = await this.bulkWrite(operations);
    for (const { at } of open) outcomes[at] = { kind: 'stored' };
    const conflicts: Open[] = [];
    for (const { index, kind, message } of faults) {
      if (kind === 'transient') throw new StoreUnavailable({ cause: new Error(message) });
      if (kind === 'conflict') conflicts.push(open[index]!);
      else outcomes[open[index]!.at] = { kind: 'rejected', error: new RecordRejected(message) };
    }
    return conflicts;
  }

  private async bulkWrite(
    operations: mongo.AnyBulkWriteOperation<GpuMetadataDocument>[],
  ): Promise<readonly WriteFault[]> {
    try {
      await this.collection().bulkWrite(operations, {
        ordered: false,
        writeConcern: { w: 'majority' },
        timeoutMS: OPERATION_TIMEOUT_MS,
      });
      return [];
    } catch (error) {
      const faults = writeFaultsOf(error);
      if (!faults) throw error;
      return faults;
    }
  }

  private operation(record: RecordedMetadata): mongo.AnyBulkWriteOperation<GpuMetadataDocument> {
    const { _id, ...replacement } = toDocument(record, this.storage);
    const filter = { _id, 'producer.keyId': record.producer.keyId, acceptedAt: { $lt: record.acceptedAt } };
    return { replaceOne: { filter, replacement, upsert: true } };
  }

  /**
   * Settles what the documents explain; answers what must be written again. Majority reads of the primary only: a
   * document that a failover could still roll back must not let an offset be committed, a stale one is no help.
   */
  private async lookAgain(conflicts: readonly Open[], outcomes: StoreOutcome[]): Promise<Open[]> {
    const ids = conflicts.map(({ record }) => record.eventId);
    const found = await this.collection()
      .find(
        { _id: { $in: ids } },
        {
          projection: { acceptedAt: 1, 'producer.keyId': 1 },
          readConcern: { level: 'majority' },
          readPreference: 'primary',
          timeoutMS: OPERATION_TIMEOUT_MS,
        },
      )
      .toArray();
    const current = new Map(found.map((document) => [document._id, document]));
    return conflicts.filter(({ at, record }) => {
      const document = current.get(record.eventId);
      if (!document) return true;
      const isForeign = document.producer.keyId !== record.producer.keyId;
      if (!isForeign && document.acceptedAt < record.acceptedAt) return true;
      outcomes[at] = { kind: isForeign ? 'foreign' : 'superseded' };
      return false;
    });
  }
}

/** A slip in the code passes with no retry; the database has nothing to do with it. */
function isFaultOfOurs(error: unknown): boolean {
  return error instanceof TypeError || error instanceof ReferenceError;
}
