import type { RawRecord } from '@libs/domain';
import { copyOfRecord } from '@libs/platform';
import type { Archivist, ArchiveSession } from './archivist';
import { SegmentBuffer, type Segment, type SegmentLimits } from './segment';

/** Bounds the segments of all partitions together, whatever their number. */
const MAX_HELD_BYTES = 48 * 1024 * 1024;
const AGE_CHECK_MS = 250;

/**
 * Gathers the records of one session into segments, and archives each before the next of its partition is begun.
 * Whatever was gathered and not committed is read again by the next member that gets the partition.
 */
export class SegmentArchiver {
  private readonly buffer: SegmentBuffer;
  private turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly session: ArchiveSession,
    private readonly archivist: Archivist,
    limits: SegmentLimits,
  ) {
    this.buffer = new SegmentBuffer(limits, MAX_HELD_BYTES);
  }

  /** Resolves once the next record may come; @throws SessionEnded */
  add(record: RawRecord): Promise<void> {
    return this.inTurn(() => this.gather(record));
  }

  /** Archives segments that no further record comes for, until the session ends; @throws SessionEnded */
  async watchAge(): Promise<void> {
    while (await this.session.sleep(AGE_CHECK_MS)) {
      if (this.buffer.due(performance.now()).length > 0) await this.inTurn(() => this.archiveDue());
    }
  }

  /** Resolves once no upload is under way. */
  idle(): Promise<void> {
    return this.turn;
  }

  private async gather(record: RawRecord): Promise<void> {
    const { partition, offset } = record.position;
    const open = this.buffer.of(partition);
    if (open?.includes(offset) === true) return;
    if (open?.accepts(record) === false) await this.archive(open);
    this.buffer.add(copyOfRecord(record), performance.now());
    await this.archiveDue();
  }

  private async archiveDue(): Promise<void> {
    for (const segment of this.buffer.due(performance.now())) await this.archive(segment);
    this.archivist.holds(this.buffer.heldBytes);
  }

  private async archive(segment: Segment): Promise<void> {
    await this.archivist.archive(segment, this.session);
    this.buffer.remove(segment);
  }

  /** One at a time: segments are large, and whoever works on one may end it. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }
}
