import { isDeepStrictEqual } from 'node:util';
import type { mongo } from 'mongoose';
import { HourlyRollups, StoreUnavailable, type RecountOutcome } from '@libs/domain';
import { isDatabaseFault } from '@libs/platform';
import { countHour, type HourlyCount } from './hourly-count';
import { LeaseLost, LeaseTaken, MongoLease } from './mongo-lease';

const LEASE_TTL_MS = 30_000;
/** An hour may hold millions of documents. */
const COUNT_TIMEOUT_MS = 120_000;
const WRITE_TIMEOUT_MS = 10_000;

/** A document of `gpu_metadata_hourly`. */
export interface HourlyDocument extends HourlyCount {
  /** When its figures were last found to differ from what was stored. */
  readonly computedAt: Date;
}

/** What the collection needs to agree with the documents of an hour. */
export interface HourlyChanges {
  readonly written: readonly HourlyCount[];
  readonly removed: readonly HourlyDocument['_id'][];
  readonly operations: mongo.AnyBulkWriteOperation<HourlyDocument>[];
}

/**
 * Recounts one hour at a time under a lease: a process that stood still past its lease notices after it wrote, and
 * its hour is recounted again.
 */
export class MongoHourlyRollups extends HourlyRollups {
  private readonly lease: MongoLease;

  constructor(
    private readonly database: () => mongo.Db,
    patienceMs: number,
  ) {
    super();
    this.lease = new MongoLease(database, { name: 'rollup', ttlMs: LEASE_TTL_MS, patienceMs });
  }

  async recount(hour: Date): Promise<RecountOutcome> {
    try {
      return await this.lease.hold(async ({ confirm }) => {
        const { written, removed, operations } = await this.changes(hour);
        if (operations.length > 0) {
          await confirm();
          await this.hourly.bulkWrite(operations, {
            ordered: false,
            writeConcern: { w: 'majority' },
            timeoutMS: WRITE_TIMEOUT_MS,
          });
          await confirm();
        }
        return { kind: 'done', written: written.length, removed: removed.length };
      });
    } catch (cause) {
      if (cause instanceof LeaseTaken) return { kind: 'busy' };
      const isOutage = isDatabaseFault(cause) || cause instanceof LeaseLost;
      throw isOutage ? new StoreUnavailable({ cause }) : cause;
    }
  }

  /** Compares what is stored for the hour with what the documents give. */
  async changes(hour: Date): Promise<HourlyChanges> {
    const counts = await countHour(this.database().collection('gpu_metadata'), hour, COUNT_TIMEOUT_MS);
    const found = await this.hourly
      .find({ '_id.hour': hour }, { readPreference: 'primary', timeoutMS: WRITE_TIMEOUT_MS })
      .toArray();
    const stored = new Map(found.map((document) => [keyOf(document), document]));
    const current = new Set(counts.map(keyOf));
    const written = counts.filter((count) => !isSame(count, stored.get(keyOf(count))));
    const removed = found.filter((document) => !current.has(keyOf(document))).map(({ _id }) => _id);
    const computedAt = new Date();
    // The hour is named too: a document `_id` is looked up by its index on MongoDB, but not everywhere.
    const ofGroup = (_id: HourlyDocument['_id']): mongo.Filter<HourlyDocument> => ({ '_id.hour': hour, _id });
    const write = (count: HourlyCount): mongo.AnyBulkWriteOperation<HourlyDocument> => {
      const document = { ...count, computedAt };
      if (!stored.has(keyOf(count))) return { insertOne: { document } };
      const { _id, ...replacement } = document;
      return { replaceOne: { filter: ofGroup(_id), replacement } };
    };
    const operations = [
      ...written.map(write),
      ...removed.map((_id) => ({ deleteOne: { filter: ofGroup(_id) } })),
    ];
    return { written, removed, operations };
  }

  private get hourly(): mongo.Collection<HourlyDocument> {
    return this.database().collection<HourlyDocument>('gpu_metadata_hourly');
  }
}

function keyOf({ _id: { model, deviceName } }: Pick<HourlyCount, '_id'>): string {
  return JSON.stringify([model, deviceName]);
}

function isSame(count: HourlyCount, document: HourlyDocument | undefined): boolean {
  if (!document) return false;
  const { computedAt, ...figures } = document;
  return isDeepStrictEqual(figures, count);
}
