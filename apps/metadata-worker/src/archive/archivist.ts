import {
  ArchiveUnavailable,
  type Archive,
  type ArchiveObject,
  type RawRecord,
  type Tenure,
} from '@libs/domain';
import { backoffMs } from '../consumer/backoff';
import type { ArchiveTelemetry } from './archive-telemetry';
import { segmentObjects, type ArchiveContent } from './segment-objects';

/** A tenure that says whether a failed attempt is worth another. */
export interface RenewableTenure extends Tenure {
  /** Waits; false when the work is to be given up. */
  retryAfter(ms: number): Promise<boolean>;
}

/** The records belong to somebody else, or the process stops: what was begun is left to whoever comes next. */
export class TenureEnded extends Error {
  constructor() {
    super('no longer the one who archives these records');
    this.name = TenureEnded.name;
  }
}

/** Stores a segment's objects one after the other, each as often as it takes. */
export class Archivist {
  private fault: string | undefined;

  constructor(
    private readonly archive: Archive,
    private readonly content: ArchiveContent,
    private readonly telemetry: ArchiveTelemetry,
  ) {}

  /** What the last object could not be stored for; undefined once one is. */
  get problem(): string | undefined {
    return this.fault;
  }

  /** Empties `records`. @throws TenureEnded — any part of the objects may be stored */
  async archiveSegment(records: RawRecord[], tenure: RenewableTenure): Promise<void> {
    for await (const object of segmentObjects(records, this.content)) await this.store(object, tenure);
  }

  private async store(object: ArchiveObject, tenure: RenewableTenure): Promise<void> {
    for (let attempt = 1; !(await this.attempt(object, tenure, attempt)); attempt++) {
      if (!(await tenure.retryAfter(backoffMs(attempt)))) throw new TenureEnded();
    }
  }

  private async attempt(object: ArchiveObject, tenure: Tenure, attempt: number): Promise<boolean> {
    if (!tenure.holds) return false;
    try {
      await this.archive.store(object, tenure);
      this.telemetry.stored(object);
      this.fault = undefined;
      return true;
    } catch (error) {
      if (!(error instanceof ArchiveUnavailable)) throw error;
      this.telemetry.refused(error, attempt);
      this.fault = `${error.message}: ${error.cause instanceof Error ? error.cause.name : 'no answer'}`;
      return false;
    }
  }
}
