import { setTimeout as sleep } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import {
  MetadataStore,
  RecordRejected,
  StoreUnavailable,
  type RecordedMetadata,
  type StoreOutcome,
} from '@libs/domain';
import { isDatabaseFault } from '@libs/platform';
import type { EmbeddingStorage } from '../../config';
import { bulkWrite, OPERATION_TIMEOUT_MS, type WriteFault } from './bulk-write';
import { toDocument, type GpuMetadataDocument } from './gpu-metadata.document';

/** Tries for one document in a row before the whole batch is tried again later. */
const MAX_CONTESTS = 5;
const PAUSE_MS = 100;

export type MetadataCollection = mongo.Collection<GpuMetadataDocument>;

/** What the second look saw of the document that is in the way. */
type Current = Pick<GpuMetadataDocument, '_id' | 'acceptedAt' | 'capturedAt' | 'producer'>;

/** One open record: its place in the caller's batch, the document to replace, and why the last try failed. */
interface Open {
  readonly at: number;
  readonly record: RecordedMetadata;
  readonly earlier?: Current;
  readonly fault?: WriteFault;
}

/**
 * Insert, and where a document is in the way (E11000) look at it: it is as new (superseded), another key id's
 * (foreign), or earlier and then replaced, provided that it still is what was seen (compare and swap).
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
      let open: readonly Open[] = records.map((record, at) => ({ at, record }));
      for (let contest = 0; contest < MAX_CONTESTS && open.length > 0; contest++) {
        open = await this.lookAgain(await this.write(open, outcomes), outcomes);
      }
      if (open.length > 0) await this.giveUp(open, outcomes);
    } catch (cause) {
      throw isDatabaseFault(cause) ? new StoreUnavailable({ cause }) : cause;
    }
    return outcomes;
  }

  /** Writes all at once; answers those that met another document than they expected, or a fault that passes. */
  private async write(open: readonly Open[], outcomes: StoreOutcome[]): Promise<readonly Open[]> {
    const { faults, matched } = await bulkWrite(
      this.collection(),
      open.map((one) => this.operation(one)),
    );
    const faultOf = new Map(faults.map((fault) => [fault.index, fault]));
    const replaced = open.filter(({ earlier }, index) => earlier && !faultOf.has(index));
    const unsettled = new Set(matched === replaced.length ? [] : replaced);
    open.forEach((one, index) => {
      const fault = faultOf.get(index);
      if (!fault) outcomes[one.at] = stored(one);
      else if (fault.kind === 'transient' || (fault.kind === 'conflict' && !one.earlier))
        unsettled.add({ ...one, fault });
      else outcomes[one.at] = rejected(fault.message);
    });
    if (faults.some(({ kind }) => kind === 'transient')) await sleep(PAUSE_MS);
    return [...unsettled];
  }

  private operation({ record, earlier }: Open): mongo.AnyBulkWriteOperation<GpuMetadataDocument> {
    const document = toDocument(record, this.storage);
    if (!earlier) return { insertOne: { document } };
    const { _id, ...replacement } = document;
    const filter = { _id, 'producer.keyId': earlier.producer.keyId, acceptedAt: earlier.acceptedAt };
    return { replaceOne: { filter, replacement } };
  }

  /** Settles what the documents in the way explain; answers what must be written again. */
  private async lookAgain(unsettled: readonly Open[], outcomes: StoreOutcome[]): Promise<readonly Open[]> {
    // A document that a failover could still roll back must not let an offset be committed.
    const documents = await this.find(unsettled, 'majority');
    return unsettled.flatMap((one): Open[] => {
      const { at, record } = one;
      const current = documents.get(record.eventId);
      if (!current) return [{ at, record, ...(one.fault && { fault: one.fault }) }];
      if (current.producer.keyId !== record.producer.keyId) {
        outcomes[at] = { kind: 'foreign' };
        return [];
      }
      if (current.acceptedAt < record.acceptedAt) return [{ at, record, earlier: current }];
      // One replacement of several met nothing: this one may be the one that did.
      const isOurs = one.earlier && current.acceptedAt.getTime() === record.acceptedAt.getTime();
      outcomes[at] = isOurs ? stored(one) : { kind: 'superseded' };
      return [];
    });
  }

  /** A collision with no document of that id is one in a unique index that somebody added. */
  private async giveUp(open: readonly Open[], outcomes: StoreOutcome[]): Promise<void> {
    const documents = await this.find(open, 'local');
    for (const { at, record, fault } of open) {
      if (fault?.kind !== 'conflict' || documents.has(record.eventId)) {
        const reason = fault?.message ?? `document ${record.eventId} stayed contested`;
        throw new StoreUnavailable({ cause: new Error(reason) });
      }
      outcomes[at] = rejected(fault.message);
    }
  }

  private async find(open: readonly Open[], level: 'majority' | 'local'): Promise<Map<string, Current>> {
    if (open.length === 0) return new Map();
    const ids = open.map(({ record }) => record.eventId);
    const found = await this.collection()
      .find<Current>(
        { _id: { $in: ids } },
        {
          projection: { acceptedAt: 1, capturedAt: 1, 'producer.keyId': 1 },
          readConcern: { level },
          readPreference: 'primary',
          timeoutMS: OPERATION_TIMEOUT_MS,
        },
      )
      .toArray();
    return new Map(found.map((document) => [document._id, document]));
  }
}

function stored({ earlier }: Open): StoreOutcome {
  return { kind: 'stored', ...(earlier && { replacedCapturedAt: earlier.capturedAt }) };
}

function rejected(reason: string): StoreOutcome {
  return { kind: 'rejected', error: new RecordRejected(reason) };
}
