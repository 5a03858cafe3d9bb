import { encodedRecord, rawRecord } from '@libs/contracts/testing';
import type { RawRecord } from '@libs/domain';
import { acceptedMetadata } from '@libs/domain/testing';
import { Segment, SegmentBuffer, type SegmentLimits } from './segment';

const NOON_MS = Date.UTC(2026, 10, 21, 12);
const HOUR_MS = 3_600_000;
const LIMITS: SegmentLimits = { maxRecords: 3, maxBytes: 10_000, maxAgeMs: 60_000 };
const encoded = encodedRecord(acceptedMetadata());

const record = (offset: bigint, changes: Partial<Omit<RawRecord, 'headers'>> = {}): RawRecord =>
  rawRecord(encoded, {
    position: { topic: 't', partition: 0, offset },
    timestamp: new Date(NOON_MS),
    ...changes,
  });

describe(Segment.name, () => {
  const segment = (first = record(5n), limits = LIMITS): Segment => new Segment(first, limits, 0);

  it('has room for the next offset, also where the log has a gap, and for none before it', () => {
    expect([6n, 9n, 5n, 4n].map((offset) => segment().accepts(record(offset)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it('has no room for a record of another hour of the broker', () => {
    const before = record(5n, { timestamp: new Date(NOON_MS + HOUR_MS - 1) });
    expect(segment(before).accepts(record(6n, { timestamp: new Date(NOON_MS + HOUR_MS) }))).toBe(false);
    expect(segment(before).accepts(record(6n))).toBe(true);
  });

  it('is due with its last record, its last byte, or when it is old', () => {
    const open = segment();
    expect(open.isDue(59_999)).toBe(false);
    expect(open.isDue(60_000)).toBe(true);
    open.add(record(6n));
    open.add(record(7n));
    expect(open.isDue(0)).toBe(true);
    expect(open.accepts(record(8n))).toBe(false);
    const large = record(5n, { value: Buffer.alloc(10_000) });
    expect(segment(large).isDue(0)).toBe(true);
    expect(segment().accepts(large)).toBe(false);
  });

  it('keeps its place when its records are taken', () => {
    const open = segment();
    open.add(record(6n));
    expect(open.takeRecords().map(({ position }) => position.offset)).toEqual([5n, 6n]);
    expect([open.count, open.heldBytes, open.nextOffset, open.includes(6n)]).toEqual([0, 0, 7n, true]);
  });
});

describe('what a segment occupies', () => {
  it('counts every header, also those without a value', () => {
    const headers = { many: Array.from({ length: 10_000 }, () => null) };
    const small = new Segment({ ...record(5n), headers }, LIMITS, 0);
    expect(small.heldBytes).toBeGreaterThan(2_000_000);
  });
});

describe(SegmentBuffer.name, () => {
  const of = (partition: number, bytes: number): RawRecord =>
    record(0n, { position: { topic: 't', partition, offset: 0n }, value: Buffer.alloc(bytes) });

  it('has the largest segment due when all together are too large', () => {
    const segments = new SegmentBuffer({ ...LIMITS, maxBytes: 2 ** 20 }, 100_000);
    segments.add(of(0, 40_000), 0);
    segments.add(of(1, 50_000), 0);
    expect(segments.due(0)).toEqual([]);
    segments.add(of(2, 20_000), 0);
    expect(segments.due(0)).toEqual([segments.of(1)]);
    segments.remove(segments.of(1)!);
    expect(segments.due(0)).toEqual([]);
    segments.clear();
    expect(segments.heldBytes).toBe(0);
  });
});
