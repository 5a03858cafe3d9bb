import type { HeaderValue, RawRecord } from '@libs/domain';

export interface SegmentLimits {
  readonly maxRecords: number;
  /** Of keys, values and headers. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

const HOUR_MS = 60 * 60 * 1000;

/** What is kept of a record, and of each of its headers, besides their bytes, about. */
const OVERHEAD_BYTES = 512;
const HEADER_OVERHEAD_BYTES = 256;

/** Consecutive records of one partition and one hour of the broker's clock, which are archived together. */
export class Segment {
  nextOffset: bigint;
  private records: RawRecord[] = [];
  private bytes = 0;
  private overheadBytes = 0;
  private readonly hour: number;

  constructor(
    readonly first: RawRecord,
    private readonly limits: SegmentLimits,
    private readonly openedAtMs: number,
  ) {
    this.nextOffset = first.position.offset;
    this.hour = hourOf(first);
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
  hasRoomFor(record: RawRecord): boolean {
    const { maxRecords, maxBytes } = this.limits;
    const fits = this.records.length < maxRecords && this.bytes + sizeOf(record) <= maxBytes;
    return fits && record.position.offset >= this.nextOffset && hourOf(record) === this.hour;
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
}

function hourOf({ timestamp }: RawRecord): number {
  return Math.floor(timestamp.getTime() / HOUR_MS);
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
