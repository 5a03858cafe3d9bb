import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import fetch from 'kafkajs/src/protocol/requests/fetch';
import { rawBatch, varint, type RawBatchHead, type RawBatchRecord } from '../../testing';
import { registerFetchDecoder } from './fetch-response';
import type { FetchedMessage } from './fetched-message';
import { MAX_HEADERS } from './message-content';
import { decodeRecordBatch, MAX_EXPANDED_BYTES, MAX_UNREAD_MESSAGES } from './record-batch';

const MIB = 1024 * 1024;
const GZIP = 1;
const ZSTD = 4;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

const decode = (batch: Buffer, fetchOffset = 0n, leftBytes = 64 * MIB): Promise<FetchedMessage[]> =>
  decodeRecordBatch(batch, fetchOffset, { leftBytes });
const offsets = (messages: readonly FetchedMessage[]): number[] =>
  messages.map(({ offset }) => Number(offset));

describe(decodeRecordBatch.name, () => {
  it('lets nothing in by names that every object knows, and keeps all values of a repeated name', async () => {
    const headers = [
      ['toString', 'a'],
      ['__proto__', 'b'],
      ['constructor', null],
      ['again', '1'],
      ['hasOwnProperty', 'c'],
      ['again', '2'],
      ['again', null],
    ] as const;
    const [message] = await decode(rawBatch([{ headers }]));
    expect(Object.getPrototypeOf(message!.headers)).toBeNull();
    expect(Object.entries(message!.headers)).toEqual([
      ['toString', Buffer.from('a')],
      ['__proto__', Buffer.from('b')],
      ['constructor', null],
      ['again', [Buffer.from('1'), Buffer.from('2'), null]],
      ['hasOwnProperty', Buffer.from('c')],
    ]);
  });

  it('reads a record with very many headers, and no more of them than its limit', async () => {
    const headers = Array.from({ length: MAX_HEADERS + 1 }, (_, at) => [`h${at}`, 'x'] as const);
    const [full, tooMany] = await decode(rawBatch([{ headers: headers.slice(1) }, { key: 'k', headers }]));
    expect(Object.keys(full!.headers)).toHaveLength(MAX_HEADERS);
    expect(full!.unread).toBeUndefined();
    expect(Object.keys(tooMany!.headers).slice(0, 2)).toEqual(['h0', 'h1']);
    expect(tooMany).toMatchObject({
      key: Buffer.from('k'),
      unread: { code: 'undecodable_record', lastOffset: 1n },
    });
  });

  it('leaves out what was fetched before, and goes on in the middle of a batch', async () => {
    const batch = rawBatch([{ value: 'a' }, { value: 'b' }, { value: 'c' }], { baseOffset: 10n });
    expect(offsets(await decode(batch, 11n))).toEqual([11, 12]);
    expect(await decode(batch, 13n)).toEqual([]);
  });

  it('stops when its budget is spent, after one message at least', async () => {
    const batch = rawBatch(Array.from({ length: 10 }, () => ({ value: 'x'.repeat(1_000) })));
    expect(offsets(await decode(batch, 0n, 1))).toEqual([0]);
    expect(offsets(await decode(batch, 4n, 5_000))).toEqual([4, 5, 6]);
    expect(await decode(batch, 4n, 0)).toEqual([]);
  });

  it('bounds what 100,000 tiny records occupy', async () => {
    const records = Array.from({ length: 100_000 }, () => ({}));
    const batch = rawBatch(records, { attributes: ZSTD, compress: zstdCompressSync });
    const messages = await decode(batch, 0n, 8 * MIB);
    expect(messages.length).toBeLessThan(20_000);
    expect(offsets(messages).slice(0, 2)).toEqual([0, 1]);
    expect(offsets(await decode(batch, 99_990n, 8 * MIB))).toHaveLength(10);
  });

  it('holds nothing of a compressed batch but its messages, which keep what they have', async () => {
    const headers = [['h', 'v']] as const;
    const records = [{ value: Buffer.alloc(3 * MIB) }, { key: 'k', value: 'small', headers }];
    const batch = rawBatch(records, { attributes: ZSTD, compress: zstdCompressSync });
    const other = rawBatch(
      records.map(() => ({ key: 'x', value: 'other' })),
      { attributes: GZIP, compress: gzipSync },
    );
    const [[small]] = await Promise.all([decode(batch, 1n), decode(other), decode(other)]);
    expect(small!.value!.buffer.byteLength).toBeLessThan(MIB);
    expect(small).toMatchObject({ key: Buffer.from('k'), value: Buffer.from('small') });
    expect(small!.headers.h).toEqual(Buffer.from('v'));
  });

  it.each([
    ['gzip', GZIP, gzipSync],
    ['zstd', ZSTD, zstdCompressSync],
  ])(
    'tells the offsets, and what it can, of records past what a batch of %s may expand to',
    async (_name, codec, compress) => {
      const batch = rawBatch(
        [
          { key: 'first', value: 'small' },
          { key: 'second', value: Buffer.alloc(MAX_EXPANDED_BYTES, 'x'), headers: [['h', 'v']] },
          { key: 'third', value: 'small' },
        ],
        { baseOffset: 5n, attributes: codec, compress },
      );
      const [first, second, third, ...more] = await decode(batch);
      expect(first).toMatchObject({ offset: '5', key: Buffer.from('first'), value: Buffer.from('small') });
      expect(first!.unread).toBeUndefined();
      expect(second).toMatchObject({
        offset: '6',
        key: Buffer.from('second'),
        unread: { code: 'too_large_to_read', lastOffset: 6n },
      });
      expect(second!.value).toHaveLength(64 * 1024);
      expect(third).toMatchObject({
        offset: '7',
        key: null,
        value: null,
        unread: { code: 'too_large_to_read', lastOffset: 7n },
      });
      expect(more).toEqual([]);
    },
  );

  it('lets one message stand for all records that are left, where they are very many', async () => {
    const batch = rawBatch([{ value: 'a' }], { count: 2_000_000_000, lastOffsetDelta: 1_999_999_999 });
    const messages = await decode(batch);
    expect(messages).toHaveLength(1 + MAX_UNREAD_MESSAGES + 1);
    expect(messages.at(-2)).toMatchObject({
      offset: String(MAX_UNREAD_MESSAGES),
      unread: { code: 'undecodable_record', lastOffset: 1_999_999_999n },
    });
    expect(messages.at(-1)).toMatchObject({ offset: '1999999999', isControlRecord: true });
  });

  it.each<[string, (RawBatchRecord | Buffer)[], RawBatchHead, number[]]>([
    ['offsets out of order between holes', [{ offsetDelta: 1 }, {}], { lastOffsetDelta: 3 }, [2, 3]],
    ['an offset past the end of its holes', [{}, { offsetDelta: 9 }], { lastOffsetDelta: 3 }, [1, 2, 3]],
    ['a record of negative length', [{}, varint(-7), {}], {}, [1, 2]],
    ['a record that is longer than its batch', [{}, Buffer.concat([varint(100), Buffer.alloc(2)])], {}, [1]],
    ['a length that never ends', [Buffer.alloc(9, 0xff), {}], {}, [0, 1]],
    ['fewer records than announced', [{}], { count: 3, lastOffsetDelta: 2 }, [1, 2]],
    ['a codec that does not exist', [{}, {}], { attributes: 7 }, [0, 1]],
    ['compressed bytes that are none', [{}, {}], { attributes: GZIP }, [0, 1]],
  ])('is led past a batch with %s', async (_name, records, head, unread) => {
    const messages = await decode(rawBatch(records, head));
    expect(offsets(messages.filter((one) => one.unread))).toEqual(unread);
    expect(messages.at(-1)!.offset).toBe(String(head.lastOffsetDelta ?? records.length - 1));
  });

  it.each<[string, Buffer, string | undefined]>([
    ['a key that is longer than its record', Buffer.of(0, 0, 2, 0x7e), undefined],
    ['a key of negative length', Buffer.of(0, 0, 2, 3), undefined],
    ['a value that is longer than its record', Buffer.of(0, 0, 2, 2, 0x6b, 0x7e, 0x76), 'k'],
    ['a negative count of headers', Buffer.of(0, 0, 2, 2, 0x6b, 1, 1), 'k'],
    ['more headers than it holds', Buffer.of(0, 0, 2, 2, 0x6b, 1, 0x7e), 'k'],
    ['a header without a name', Buffer.of(0, 0, 2, 2, 0x6b, 1, 2, 1, 1), 'k'],
  ])('takes a record with %s for itself alone', async (_name, body, key) => {
    const broken = Buffer.concat([varint(body.length), body]);
    const messages = await decode(rawBatch([{ value: 'before' }, broken, { value: 'after' }]));
    expect(messages.map(({ unread }) => unread?.code)).toEqual([undefined, 'undecodable_record', undefined]);
    expect(messages[1]!.key?.toString()).toBe(key);
    expect(messages[2]!.value?.toString()).toBe('after');
  });

  it.each([0, -5, 2, 1_000_000])(
    'gives a record the offset that Kafka gave it, not the %i it claims',
    async (offsetDelta) => {
      const messages = await decode(rawBatch([{}, { offsetDelta, value: 'claims' }, {}], { baseOffset: 7n }));
      expect(offsets(messages)).toEqual([7, 8, 9]);
      expect(messages[1]!.value?.toString()).toBe('claims');
    },
  );

  it('leads past the hole that compaction leaves at the end of a batch', async () => {
    const messages = await decode(rawBatch([{}, { offsetDelta: 3 }], { lastOffsetDelta: 6 }));
    expect(messages.map(({ offset, isControlRecord }) => [offset, isControlRecord])).toEqual([
      ['0', false],
      ['3', false],
      ['6', true],
    ]);
    expect(offsets(await decode(rawBatch([], { lastOffsetDelta: 6 })))).toEqual([6]);
  });

  it('passes over marks of transactions that it cannot read', async () => {
    const messages = await decode(rawBatch([varint(-1)], { attributes: CONTROL | TRANSACTIONAL }));
    expect(messages).toMatchObject([{ offset: '0', isControlRecord: true }]);
  });

  it('takes a message of before Kafka 0.11 for one that nobody can read', async () => {
    const old = rawBatch([{}], { baseOffset: 3n });
    old[16] = 1;
    expect(await decode(old)).toMatchObject([{ offset: '3', unread: { code: 'undecodable_record' } }]);
  });
});

const bytes = fc.uint8Array({ maxLength: 200 });
const nullable = fc.option(bytes);
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
// kafkajs takes these names for what every object has.
const name = fc.string({ unit: 'binary', maxLength: 30 }).filter((text) => !(text in {}));
const record = fc.record({
  key: nullable,
  value: fc.oneof(nullable, fc.constant(Buffer.alloc(2_000, 7))),
  headers: fc.array(fc.tuple(name, nullable), { maxLength: 8 }),
  timestampDelta: fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n }),
  attributes: fc.nat(127),
});
const batch = fc.record({
  records: fc.array(record, { minLength: 1, maxLength: 9 }),
  attributes: fc.constantFrom(0, LOG_APPEND_TIME, TRANSACTIONAL, CONTROL | TRANSACTIONAL, GZIP),
  firstTimestamp: fc.bigInt({ min: 0n, max: 2n ** 45n }),
  maxTimestamp: fc.bigInt({ min: 1n, max: 2n ** 45n }),
  producerId: int64,
});
const partition = fc.record({
  batches: fc.array(batch, { maxLength: 3 }),
  firstOffset: fc.bigInt({ min: 0n, max: 2n ** 50n }),
  cut: fc.nat(40),
});

/** kafkajs' own decoder is the judge. */
describe(registerFetchDecoder.name, () => {
  const VERSIONS = [4, 5, 7, 8, 11];
  const theirs = new Map(VERSIONS.map((version) => [version, fetch.protocol({ version })]));

  beforeAll(registerFetchDecoder);

  it.each(VERSIONS)('reads what kafkajs reads in a response of version %i', async (version) => {
    await fc.assert(
      fc.asyncProperty(fc.array(partition, { maxLength: 3 }), async (partitions) => {
        const asked = partitions.map(({ firstOffset }, at) => ({
          partition: at,
          fetchOffset: String(firstOffset),
          maxBytes: 64 * MIB,
        }));
        const options = { maxBytes: 64 * MIB, topics: [{ topic: 'records', partitions: asked }] };
        const response = responseOf(version, partitions);
        const ours = await fetch.protocol({ version })(options).response.decode(response);
        const judged = await theirs.get(version)!(options).response.decode(response);
        expect(comparable(ours)).toEqual(comparable(judged));
      }),
      { numRuns: 40 },
    );
  });

  it('refuses brokers of before Kafka 0.11', () => {
    expect(() => fetch.protocol({ version: 3 })).toThrow('Kafka before 0.11 is not supported');
  });

  /** What kafkajs and we tell besides each other is left out; its headers have a prototype. */
  function comparable(response: object): unknown {
    const { responses, ...rest } = response as { responses: { partitions: { messages: object[] }[] }[] };
    return {
      ...rest,
      responses: responses.map(({ partitions, ...topic }) => ({
        ...topic,
        partitions: partitions.map(({ messages, ...one }) => ({
          ...one,
          messages: messages.map(comparableMessage),
        })),
      })),
    };
  }

  function comparableMessage(message: object): object {
    const { offset, timestamp, attributes, key, value, headers, ...rest } = message as FetchedMessage;
    const { producerId, inTransaction } = rest.batchContext;
    const { isControlRecord } = rest;
    const hex = (content: Buffer | null): string | undefined => content?.toString('hex');
    const told = { offset, timestamp, attributes, isControlRecord, producerId, inTransaction };
    const values = Object.entries(headers).map(([header, content]) => [header, [content].flat().map(hex)]);
    return { ...told, key: hex(key), value: hex(value), headers: values };
  }

  function responseOf(version: number, partitions: readonly PartitionSample[]): Buffer {
    const session = version >= 7 ? [int16(0), int32(77)] : [];
    const throttle = int32(12);
    const topic = [int32(1), int16(7), Buffer.from('records'), int32(partitions.length)];
    return Buffer.concat([
      throttle,
      ...session,
      ...topic,
      ...partitions.flatMap((one, at) => {
        const records = recordsOf(one);
        return [
          int32(at),
          int16(0),
          int64Of(2n ** 60n),
          int64Of(2n ** 60n),
          ...(version >= 5 ? [int64Of(0n)] : []),
          int32(1),
          int64Of(9n),
          int64Of(3n),
          ...(version >= 11 ? [int32(-1)] : []),
          int32(records.length),
          records,
        ];
      }),
    ]);
  }

  /** The last batch may be cut off, as brokers do. */
  function recordsOf({ batches, firstOffset, cut }: PartitionSample): Buffer {
    let baseOffset = firstOffset;
    const all = batches.map(({ records, attributes, ...head }) => {
      const compress = attributes === GZIP ? { compress: gzipSync } : {};
      const written = rawBatch(records, { ...head, ...compress, attributes, baseOffset });
      baseOffset += BigInt(records.length);
      return written;
    });
    const last = all.pop();
    return Buffer.concat([...all, ...(last ? [last.subarray(0, last.length - cut)] : [])]);
  }
});

type PartitionSample = typeof partition extends fc.Arbitrary<infer Sample> ? Sample : never;

function int16(value: number): Buffer {
  const written = Buffer.alloc(2);
  written.writeInt16BE(value);
  return written;
}

function int32(value: number): Buffer {
  const written = Buffer.alloc(4);
  written.writeInt32BE(value);
  return written;
}

function int64Of(value: bigint): Buffer {
  const written = Buffer.alloc(8);
  written.writeBigInt64BE(value);
  return written;
}
