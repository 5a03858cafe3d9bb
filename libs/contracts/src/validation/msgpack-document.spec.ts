import { encode, ExtData } from '@msgpack/msgpack';
import fc from 'fast-check';
import { InvalidMetadata, PipelineError } from '@libs/domain';
import { msgpackOf } from '../testing';
import { MAX_FIELDS, MAX_NESTING } from './json-document';
import { parseMsgpackDocument } from './msgpack-document';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const arrays = (levels: number): Buffer => Buffer.from([...Array<number>(levels - 1).fill(0x91), 0x90]);

function refusalOf(bytes: Buffer): PipelineError | undefined {
  try {
    parseMsgpackDocument(bytes);
    return undefined;
  } catch (error) {
    return error as PipelineError;
  }
}

describe(parseMsgpackDocument.name, () => {
  it('reads what a client library writes of any JSON value, as JSON would have carried it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        expect(parseMsgpackDocument(msgpackOf(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 500 },
    );
  });

  it('reads binary data, and texts and collections of every width', () => {
    for (const length of [0, 1, 31, 32, 255, 256, 65_535, 65_536]) {
      const value = {
        bin: Buffer.alloc(length, 7),
        text: 'é'.repeat(length),
        list: Array<number>(length).fill(1),
      };
      expect(JSON.stringify(parseMsgpackDocument(msgpackOf(value)))).toBe(JSON.stringify(value));
    }
    for (const length of [0, 1, 15, 16, MAX_FIELDS]) {
      const fields = Object.fromEntries(Array.from({ length }, (_, index) => [`k${index}`, index]));
      expect(JSON.stringify(parseMsgpackDocument(msgpackOf(fields)))).toBe(JSON.stringify(fields));
    }
    expect(parseMsgpackDocument(hex('df 00000001 a1 6b 07'))).toEqual({ k: 7 });
  });

  it.each<[string, string, unknown]>([
    ['a negative fixint', 'e0', -32],
    ['int 8', 'd0 80', -128],
    ['int 16', 'd1 8000', -32_768],
    ['int 32', 'd2 80000000', -2_147_483_648],
    ['uint 16', 'cd ffff', 65_535],
    ['uint 32', 'ce ffffffff', 4_294_967_295],
    ['int 64', 'd3 ffe0000000000000', -(2 ** 53)],
    ['uint 64', 'cf 001fffffffffffff', 2 ** 53 - 1],
    ['uint 64 that a double holds', 'cf 0020000000000002', 2 ** 53 + 2],
    ['float 32', 'ca 3dcccccd', Math.fround(0.1)],
    ['NaN', 'cb 7ff8000000000000', NaN],
    ['an infinity', 'ca ff800000', -Infinity],
  ])('reads %s', (_name, bytes, value) => {
    expect(parseMsgpackDocument(hex(bytes))).toBe(value);
  });

  it('names each integer that a double cannot hold, but those of an embedding', () => {
    const [uint64, int64] = [2n ** 53n + 1n, -(2n ** 63n) + 1n];
    const document = {
      embedding: [1, uint64],
      list: [[], [7, uint64]],
      'a/b': { embedding: [int64] },
      embeddings: uint64,
    };
    const refusal = refusalOf(Buffer.from(encode(document, { useBigInt64: true })));
    expect(refusal).toMatchObject({ code: 'invalid_metadata' });
    expect((refusal as InvalidMetadata).violations.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/list/1/1', 'integer_out_of_range'],
      ['/a~1b/embedding/0', 'integer_out_of_range'],
      ['/embeddings', 'integer_out_of_range'],
    ]);
  });

  it('keeps __proto__ an ordinary key, and a byte order mark in long texts', () => {
    const proto = parseMsgpackDocument(msgpackOf(JSON.parse('{"__proto__":{"admin":true}}')));
    expect(Object.keys(proto as object)).toEqual(['__proto__']);
    expect((proto as Record<string, unknown>).admin).toBeUndefined();
    const marked = `\ufeff${'x'.repeat(1_000)}`;
    expect(parseMsgpackDocument(msgpackOf(marked))).toBe(marked);
  });

  it('takes the last of two fields of one name, as JSON.parse does', () => {
    expect(parseMsgpackDocument(hex('82 a161 01 a161 02'))).toEqual(JSON.parse('{"a":1,"a":2}'));
  });

  it.each<[string, Buffer, RegExp]>([
    ['nothing', Buffer.alloc(0), /empty/],
    ['a byte that begins nothing', hex('c1'), /0xc1/],
    ['bytes after the value', hex('01 02'), /1 bytes follow/],
    ['a timestamp', Buffer.from(encode(new Date(1e12))), /extension/],
    ['an extension', Buffer.from(encode(new ExtData(7, new Uint8Array(40)))), /extension/],
    ['a number as key', hex('81 01 01'), /keys of a map/],
    ['binary data as key', hex('81 c40161 01'), /keys of a map/],
    ['a map as key', hex('81 80 01'), /keys of a map/],
    ['a map without its keys', hex('82 a161 01'), /ends inside/],
    ['a text that is not UTF-8', hex('a2 c328'), /not UTF-8/],
    ['a key that is not UTF-8', hex('81 a1ff 01'), /not UTF-8/],
    ['half a surrogate pair in UTF-8', hex('a3 eda080'), /not UTF-8/],
  ])('refuses %s', (_name, bytes, message) => {
    expect(refusalOf(bytes)).toMatchObject({ code: 'invalid_msgpack' });
    expect(refusalOf(bytes)?.message).toMatch(message);
  });

  it.each([
    ['array 16', 'dc ffff'],
    ['array 32', 'dd ffffffff'],
    ['map 16', 'de ffff'],
    ['map 32', 'df ffffffff'],
    ['text 32', 'db ffffffff'],
    ['binary 32', 'c6 ffffffff'],
  ])('refuses the length that an empty %s claims, at once', (_name, bytes) => {
    expect(refusalOf(hex(bytes))).toMatchObject({ code: 'invalid_msgpack' });
    const nested = Buffer.concat([Buffer.from([0x9f]), ...Array<Buffer>(15).fill(hex(bytes))]);
    expect(refusalOf(nested)).toMatchObject({ code: 'invalid_msgpack' });
  });

  it('refuses what was cut anywhere', () => {
    const whole = msgpackOf({
      a: [1.5, -7, 'text', true, null, 300],
      b: { c: Buffer.from('binary'), d: 2 ** 40 },
    });
    for (let end = 0; end < whole.length; end++) {
      expect(refusalOf(whole.subarray(0, end))).toMatchObject({ code: 'invalid_msgpack' });
    }
  });

  it('reads 16 levels and refuses more, 100,000 too', () => {
    expect(refusalOf(arrays(MAX_NESTING))).toBeUndefined();
    expect(refusalOf(arrays(MAX_NESTING + 1))).toMatchObject({ code: 'nesting_too_deep' });
    expect(refusalOf(arrays(100_000))).toMatchObject({ code: 'nesting_too_deep' });
    const maps = (levels: number): Buffer => hex(`${'81 a0 '.repeat(levels)} c0`);
    expect(refusalOf(maps(MAX_NESTING))).toBeUndefined();
    expect(refusalOf(maps(MAX_NESTING + 1))).toMatchObject({ code: 'nesting_too_deep' });
  });

  it('bounds the fields of all maps together', () => {
    const fields = (count: number): object =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 1]));
    const half = MAX_FIELDS / 2;
    expect(refusalOf(msgpackOf([fields(half), fields(half)]))).toBeUndefined();
    expect(refusalOf(msgpackOf([fields(half), fields(half + 1)]))).toMatchObject({
      code: 'invalid_metadata',
    });
  });

  it('answers any bytes with a value or a refusal of its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const refusal = refusalOf(Buffer.from(bytes));
        expect(refusal === undefined || refusal instanceof PipelineError).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
