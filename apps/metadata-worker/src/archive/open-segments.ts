import type { RawRecord } from '@libs/domain';
import { Segment, type SegmentLimits } from './segment';

/** What is gathered of each partition, bounded over all of them together. */
export class OpenSegments {
  private readonly segments = new Map<number, Segment>();

  constructor(
    private readonly limits: SegmentLimits,
    private readonly maxHeldBytes: number,
  ) {}

  get heldBytes(): number {
    return [...this.segments.values()].reduce((sum, { heldBytes }) => sum + heldBytes, 0);
  }

  of(partition: number): Segment | undefined {
    return this.segments.get(partition);
  }

  add(record: RawRecord, nowMs: number): void {
    const { partition } = record.position;
    const segment = this.segments.get(partition);
    if (segment) segment.add(record);
    else this.segments.set(partition, new Segment(record, this.limits, nowMs));
  }

  remove({ first }: Segment): void {
    this.segments.delete(first.position.partition);
  }

  clear(): void {
    this.segments.clear();
  }

  /** Those that may wait no longer; the largest where all together are too large. */
  due(nowMs: number): Segment[] {
    const all = [...this.segments.values()];
    const due = all.filter((segment) => segment.isDue(nowMs));
    if (due.length > 0 || this.heldBytes <= this.maxHeldBytes) return due;
    return [all.reduce((largest, one) => (one.heldBytes > largest.heldBytes ? one : largest))];
  }
}
