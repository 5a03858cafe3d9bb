import {
  ArchiveUnavailable,
  type Archive,
  type ArchiveObject,
  type StreamPosition,
  type Tenure,
} from '@libs/domain';
import { backoffMs } from '../consumer/retry-policy';
import type { ArchiveTelemetry } from './archive-telemetry';
import type { Segment } from './segment';
import { segmentObjects, type ArchiveContent } from './segment-objects';

/** A session of the consumer group, in which a member commits what it archived. */
export interface ArchiveSession extends Tenure {
  /** @throws whatever the group refuses the offset with */
  commit(position: StreamPosition): Promise<void>;
  /** Waits; false when the work is to be given up. */
  sleep(ms: number): Promise<boolean>;
}

/** The records belong to somebody else, or the process stops: what was begun is left to whoever comes next. */
export class SessionEnded extends Error {
  constructor() {
    super('no longer the one who archives these records');
    this.name = SessionEnded.name;
  }
}

/** Stores a segment's objects one after the other, then commits its end, each as often as it takes. */
export class Archivist {
  private fault: string | undefined;

  constructor(
    private readonly target: Archive,
    private readonly content: ArchiveContent,
    private readonly telemetry: ArchiveTelemetry,
  ) {}

  /** What the last object could not be stored for; undefined once one is. */
  get unhealthyReason(): string | undefined {
    return this.fault;
  }

  /** Tells how many bytes are gathered and not archived yet. */
  holds(bytes: number): void {
    this.telemetry.holds(bytes);
  }

  /** Empties `segment`. @throws SessionEnded — any part of the objects may be stored */
  async archive(segment: Segment, session: ArchiveSession): Promise<void> {
    const { first, nextOffset, count } = segment;
    const { topic, partition, offset: firstOffset } = first.position;
    for await (const object of segmentObjects(segment.takeRecords(), this.content))
      await untilDone(session, (attempt) => this.store(object, session, attempt));
    await untilDone(session, () => this.commit({ topic, partition, offset: nextOffset }, session));
    this.telemetry.committed({ partition, firstOffset, nextOffset, records: count });
  }

  private async store(object: ArchiveObject, session: ArchiveSession, attempt: number): Promise<boolean> {
    try {
      await this.target.store(object, session);
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

  private async commit(position: StreamPosition, session: ArchiveSession): Promise<boolean> {
    try {
      await session.commit(position);
      return true;
    } catch (error) {
      this.telemetry.notCommitted(position, error as Error);
      return false;
    }
  }
}

/** Tries as often as it takes, and never while the session does not hold; @throws SessionEnded */
async function untilDone(
  session: ArchiveSession,
  step: (attempt: number) => Promise<boolean>,
): Promise<void> {
  for (let attempt = 1; !(session.holds && (await step(attempt))); attempt++) {
    if (!(await session.sleep(backoffMs(attempt)))) throw new SessionEnded();
  }
}
