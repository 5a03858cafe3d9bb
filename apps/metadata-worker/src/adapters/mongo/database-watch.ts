import type { MetadataCollection } from './mongo-metadata-store';

const DEADLINE_MS = 2_000;
const FRESH_MS = 1_000;

/** Asks the live client for a document: a server with a full disk still answers a ping, but no query. */
export class DatabaseWatch {
  private answer: Promise<string | undefined> | undefined;
  private askedAt = 0;

  constructor(private readonly collection: () => MetadataCollection) {}

  /** Why the database is not usable; undefined while it is. At most one question a second is asked. */
  unhealthyReason(): Promise<string | undefined> {
    if (!this.answer || performance.now() - this.askedAt > FRESH_MS) {
      this.askedAt = performance.now();
      this.answer = this.ask();
    }
    return this.answer;
  }

  private async ask(): Promise<string | undefined> {
    try {
      await this.collection().findOne({ _id: 'readiness' }, { timeoutMS: DEADLINE_MS });
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.name : 'no answer';
    }
  }
}
