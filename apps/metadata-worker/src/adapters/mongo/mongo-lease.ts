import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { mongo } from 'mongoose';

const POLL_MS = 200;
const OPERATION_TIMEOUT_MS = 5_000;

interface LeaseDocument {
  readonly _id: string;
  readonly holder: string;
  readonly since: Date;
  readonly expiresAt: Date;
}

export interface LeaseSettings {
  readonly name: string;
  /** A holder that was killed keeps others out this long. */
  readonly ttlMs: number;
  /** How long to wait for another holder. */
  readonly patienceMs: number;
}

/** Another process holds the lease. */
export class LeaseTaken extends Error {
  constructor(name: string, { holder, since }: Pick<LeaseDocument, 'holder' | 'since'>) {
    super(`${name} is held by ${holder} since ${since.toISOString()}`);
    this.name = LeaseTaken.name;
  }
}

/** The lease ran out, because this process or the database stood still; somebody else may hold it now. */
export class LeaseLost extends Error {
  constructor(name: string) {
    super(`lost ${name}: it was not renewed in time`);
    this.name = LeaseLost.name;
  }
}

/** What the work done under a lease asks before and after each step that must not meet another holder's. */
export interface HeldLease {
  /** Renews; @throws LeaseLost */
  readonly confirm: () => Promise<void>;
}

/** Keeps work to one process at a time: a document in `locks` that runs out by the server's clock. */
export class MongoLease {
  constructor(
    private readonly database: () => mongo.Db,
    private readonly settings: LeaseSettings,
  ) {}

  /** Runs `work` while nobody else holds the lease; @throws LeaseTaken, LeaseLost */
  async hold<Result>(work: (lease: HeldLease) => Promise<Result>): Promise<Result> {
    const holder = `${hostname()} pid ${process.pid} ${randomUUID().slice(0, 8)}`;
    await this.take(holder);
    const confirm = (): Promise<void> => this.renew(holder);
    // A step may take longer than the lease lasts, the building of an index say.
    const timer = setInterval(() => void confirm().catch(() => undefined), this.settings.ttlMs / 3);
    try {
      return await work({ confirm });
    } finally {
      clearInterval(timer);
      await this.release(holder);
    }
  }

  private async take(holder: string): Promise<void> {
    const { name: _id, ttlMs, patienceMs } = this.settings;
    for (const deadline = performance.now() + patienceMs; ;) {
      const since = await this.serverTime();
      const lease = { holder, since, expiresAt: new Date(since.getTime() + ttlMs) };
      try {
        await this.leases.replaceOne({ _id, expiresAt: { $lt: since } }, lease, { upsert: true });
        return;
      } catch (error) {
        if (!(error instanceof mongo.MongoServerError && error.code === 11_000)) throw error;
      }
      const current = await this.leases.findOne({ _id }, { readPreference: 'primary' });
      if (current && performance.now() >= deadline) throw new LeaseTaken(_id, current);
      await sleep(POLL_MS);
    }
  }

  private async renew(holder: string): Promise<void> {
    const { name: _id, ttlMs } = this.settings;
    const expiresAt = new Date((await this.serverTime()).getTime() + ttlMs);
    const { matchedCount } = await this.leases.updateOne({ _id, holder }, { $set: { expiresAt } });
    if (matchedCount === 0) throw new LeaseLost(_id);
  }

  /** One that cannot be given back runs out. */
  private async release(holder: string): Promise<void> {
    await this.leases.deleteOne({ _id: this.settings.name, holder }).catch(() => undefined);
  }

  /** The clocks of two machines may differ by more than the lease lasts. */
  private async serverTime(): Promise<Date> {
    const { localTime } = await this.database().command({ hello: 1 }, { timeoutMS: OPERATION_TIMEOUT_MS });
    return localTime as Date;
  }

  private get leases(): mongo.Collection<LeaseDocument> {
    return this.database().collection('locks', {
      timeoutMS: OPERATION_TIMEOUT_MS,
      writeConcern: { w: 'majority' },
    });
  }
}
