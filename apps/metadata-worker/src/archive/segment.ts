import { hourOf, type HeaderValue, type RawRecord } from '@libs/domain';

export interface SegmentLimits {
  readonly maxRecords: number;
  /** Of keys, values and headers. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

/** What is kept of a record, and of each of its headers, besides their bytes, about. */
const OVERHEAD_BYTES = 512;
const HEADER_OVERHEAD_BYTES = 256;

/** Consecutive records of one partition and one hour of the broker's clock, which are archived together. */
export class Segment {
  nextOffset: bigint;
  private records: RawRecord[] = [];
  private bytes = 0;
  private overheadBytes = 0;
  private readonly hourMs: number;

  constructor(
    readonly first: RawRecord,
    private readonly limits: SegmentLimits,
    private readonly openedAtMs: number,
  ) {
    this.nextOffset = first.position.offset;
    this.hourMs = hourOf(first.timestamp).getTime();
    this.add(first);
  }

  get count(): number {
    return this.records.length;
  }

  /** What the segment occupies in memory, about. */
  get heldBytes(): number {
    return this.bytes + this.overheadBytes;
  }

  /** True for an offset between the first record's and the last's. */
  includes(offset: bigint): boolean {
    return offset >= this.first.position.offset && offset < this.nextOffset;
  }

  /** False when the record belongs into the next segment. */
  accepts(record: RawRecord): boolean {
    const { maxRecords, maxBytes } = this.limits;
    const fits = this.records.length < maxRecords && this.bytes + sizeOf(record) <= maxBytes;
    return fits && record.position.offset >= this.nextOffset && this.isOfHour(record);
  }

  add(record: RawRecord): void {
    this.records.push(record);
    this.bytes += sizeOf(record);
    this.overheadBytes += overheadOf(record);
    this.nextOffset = record.position.offset + 1n;
  }

  /** True once no further record may be waited for. */
  isDue(nowMs: number): boolean {
    const { maxRecords, maxBytes, maxAgeMs } = this.limits;
    const isFull = this.records.length >= maxRecords || this.bytes >= maxBytes;
    return isFull || nowMs - this.openedAtMs >= maxAgeMs;
  }

  /** Hands the records over and keeps none. */
  takeRecords(): RawRecord[] {
    const { records } = this;
    this.records = [];
    this.bytes = 0;
    this.overheadBytes = 0;
    return records;
  }

  private isOfHour({ timestamp }: RawRecord): boolean {
    return hourOf(timestamp).getTime() === this.hourMs;
  }
}

/** What is gathered of each partition, bounded over all of them together. */
export class SegmentBuffer {
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

function sizeOf({ key, value, headers }: RawRecord): number {
  const headerBytes = Object.entries(headers).reduce(
    (sum, [name, header]) => sum + name.length + [header].flat().reduce(plusLength, 0),
    0,
  );
  return (key?.length ?? 0) + (value?.length ?? 0) + headerBytes;
}

function overheadOf({ headers }: RawRecord): number {
  return OVERHEAD_BYTES + HEADER_OVERHEAD_BYTES * Object.values(headers).flat().length;
}

function plusLength(sum: number, value: HeaderValue): number {
  return sum + (value?.length ?? 0);
}
