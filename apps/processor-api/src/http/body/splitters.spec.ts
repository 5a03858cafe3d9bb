import fc from 'fast-check';
import { JsonArraySplitter } from './json-array-splitter';
import { NdjsonSplitter } from './ndjson-splitter';
import { TOO_LARGE, type RecordSplitter } from './record-splitter';

const MAX_BYTES = 10_000;

type Split = string | typeof TOO_LARGE;

function run(splitter: RecordSplitter, pieces: readonly Buffer[]): { records: Split[]; error: unknown } {
  const records: Split[] = [];
  const collect = (found: Iterable<Buffer | typeof TOO_LARGE>): void => {
    for (const record of found) records.push(record === TOO_LARGE ? record : record.toString());
  };
  try {
    for (const piece of pieces) collect(splitter.split(piece));
    collect(splitter.finish());
    return { records, error: undefined };
  } catch (error) {
    return { records, error };
  }
}

/** One byte at a time, so that a piece ends at every place there is. */
const bytewise = (text: string): Buffer[] => [...Buffer.from(text)].map((byte) => Buffer.of(byte));
const asArray = (text: string, maxBytes = MAX_BYTES): ReturnType<typeof run> =>
  run(new JsonArraySplitter(maxBytes), bytewise(text));
const asLines = (text: string, maxBytes = MAX_BYTES): ReturnType<typeof run> =>
  run(new NdjsonSplitter(maxBytes), bytewise(text));

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
    (one, other) => one - other,
  );
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
}

const nasty = fc.constantFrom('"', '\\', '\\"', '[{', ']}', ',', '\n', '😀', '\u2028', '');
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.dictionary(
    fc.string(),
    fc.array(nasty).map((parts) => parts.join('')),
  ),
  nasty,
);
const space = fc.constantFrom('', ' ', '\r\n', '\t  ');

interface Start {
  readonly text: string;
  readonly line: number;
  readonly column: number;
  readonly byte: number;
}

/** The records that are texts, and where the splitter says that each begins. */
function startsOf(splitter: RecordSplitter, pieces: readonly Buffer[]): Start[] {
  const starts: Start[] = [];
  const collect = (found: Iterable<Buffer | typeof TOO_LARGE>): void => {
    for (const record of found) starts.push({ text: String(record), ...splitter.recordStart });
  };
  for (const piece of pieces) collect(splitter.split(piece));
  collect(splitter.finish());
  return starts;
}

describe.each([
  ['an array', () => new JsonArraySplitter(MAX_BYTES), '\ufeff [\n', ',\r\n ', '\n]'],
  ['lines', () => new NdjsonSplitter(MAX_BYTES), '\n\n', '\r\n\n', '\n'],
])('the records of %s', (_name, splitter, before, between, after) => {
  it('begin where the splitter says, cut into any pieces', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), fc.array(fc.nat()), (values, places) => {
        const texts = values.map((one) => JSON.stringify({ one }));
        const document = before + texts.join(between) + after;
        const bytes = Buffer.from(document);
        const starts = startsOf(splitter(), cut(bytes, places));
        expect(starts).toHaveLength(texts.length);
        starts.forEach(({ line, column, byte }, index) => {
          const text = texts[index]!;
          expect(bytes.subarray(byte, byte + Buffer.byteLength(text)).toString()).toBe(text);
          const characters = Array.from(document.split('\n')[line - 1]!.replace(/^\ufeff/, ''));
          expect(
            characters
              .slice(column - 1)
              .join('')
              .startsWith(text),
          ).toBe(true);
        });
      }),
    );
  });
});

/** Room for the small pieces that may follow. */
const SPARE_BYTES = 16_384;

describe(JsonArraySplitter.name, () => {
  it('finds the elements of any array in any white space, cut into any pieces', () => {
    const element = fc.tuple(value, space, space, fc.constantFrom(0, 1));
    fc.assert(
      fc.property(fc.array(element), space, fc.array(fc.nat()), (elements, around, places) => {
        const texts = elements.map(([one, , , indent]) => JSON.stringify(one, undefined, indent));
        const inside = elements.map(([, before, after], index) => before + texts[index]! + after).join(',');
        const document = Buffer.from(`${around}[${inside}]${around}`);
        expect(run(new JsonArraySplitter(MAX_BYTES), cut(document, places))).toEqual({
          records: texts,
          error: undefined,
        });
      }),
      { numRuns: 500 },
    );
  });

  it('takes what JSON.parse takes for an array of objects, and no more than its parts hold', () => {
    const part = fc.constantFrom('[', ']', '{', '}', ',', '"a"', ':', '1', 'true', ' ', '\\', '"', 'x');
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 12 }).map((parts) => `[${parts.join('')}]`),
        (text) => {
          const { records, error } = asArray(text);
          const isSound = (json: string): boolean => {
            try {
              JSON.parse(json);
              return true;
            } catch {
              return false;
            }
          };
          expect(error === undefined && records.every((record) => isSound(String(record)))).toBe(
            isSound(text),
          );
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it.each<[string, string, number, string]>([
    ['nothing', '', 0, 'invalid_json'],
    ['white space', ' \n', 0, 'invalid_json'],
    ['no JSON', 'x', 0, 'invalid_json'],
    ['two byte order marks', '\ufeff\ufeff[]', 0, 'invalid_json'],
    ['a byte order mark behind a space', ' \ufeff[]', 0, 'invalid_json'],
    ['an object', '{"a":1}', 0, 'invalid_metadata'],
    ['a text', '"[1]"', 0, 'invalid_metadata'],
    ['a comma without an element', '[1,]', 1, 'invalid_json'],
    ['two commas', '[1,,2]', 1, 'invalid_json'],
    ['a leading comma', '[,1]', 0, 'invalid_json'],
    ['no comma', '[{} {}]', 1, 'invalid_json'],
    ['no end', '[1,2', 1, 'invalid_json'],
    ['an end inside a record', '[{"a":1', 0, 'invalid_json'],
    ['something behind its end', '[1] 2', 1, 'invalid_json'],
    ['a second array', '[1][2]', 1, 'invalid_json'],
  ])('refuses %s, after the records before it', (_name, text, count, code) => {
    const { records, error } = asArray(text);
    expect(records).toHaveLength(count);
    expect(error).toMatchObject({ code });
  });

  it.each(['efbb5b5d', 'ef5b5d', 'ef205b5d', '20bb5b5d'])('refuses part of a byte order mark: %s', (hex) => {
    const { error } = run(new JsonArraySplitter(MAX_BYTES), [Buffer.from(hex, 'hex')]);
    expect(error).toMatchObject({ code: 'invalid_json' });
  });

  it.each<[string, string]>([
    ['', 'end of the text at line 1, column 1 (byte 0); it is empty'],
    ['[{"a":1}', 'end of the text at line 1, column 9 (byte 8)'],
    ['[\n{"é":1},\n]', '"]" at line 3, column 1 (byte 12); JSON has no trailing commas'],
    ['[{"é":"😀"} {}]', '"{" at line 1, column 12 (byte 15); a comma is missing before it'],
    ['\ufeff[\r\n1]]', '"]" at line 2, column 3 (byte 8); the JSON text ended before it'],
    ['\ufeff\ufeff[]', 'byte 0xef at line 1, column 1 (byte 3)'],
  ])('says of %j where the array is broken', (text, message) => {
    for (const pieces of [bytewise(text), [Buffer.from(text)]]) {
      const { error } = run(new JsonArraySplitter(MAX_BYTES), pieces);
      expect(error).toMatchObject({ message: `the body is not JSON: unexpected ${message}` });
    }
  });

  it('tells an object what NDJSON is sent as', () => {
    expect(asArray('{"a":1}\n{"a":2}\n').error).toMatchObject({
      violations: [
        { pointer: '', code: 'wrong_type', message: expect.stringMatching(/application\/x-ndjson/) },
      ],
    });
  });

  it('skips a record that is too large, and holds no more of it than it may', () => {
    const splitter = new JsonArraySplitter(20);
    const records: Split[] = [];
    for (const byte of bytewise(
      `[{"a":1},{"a":"${'x'.repeat(500)}"},"${'y'.repeat(18)}",${'1'.repeat(21)},7]`,
    )) {
      for (const record of splitter.split(byte))
        records.push(record === TOO_LARGE ? record : record.toString());
      expect(splitter.heldBytes).toBeLessThanOrEqual(20 + SPARE_BYTES);
    }
    expect(records).toEqual(['{"a":1}', TOO_LARGE, `"${'y'.repeat(18)}"`, TOO_LARGE, '7']);
  });

  it('skips it just so where it comes in one piece', () => {
    const document = Buffer.from(`[{"a":"${'x'.repeat(500)}"},7]`);
    expect(run(new JsonArraySplitter(20), [document]).records).toEqual([TOO_LARGE, '7']);
  });

  it('passes 100,000 levels on as one record', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(run(new JsonArraySplitter(1_000_000), [Buffer.from(`[${deep}]`)]).records).toEqual([deep]);
  });
});

describe(NdjsonSplitter.name, () => {
  it('finds the lines of any texts, ended by LF or CRLF, cut into any pieces', () => {
    const line = fc.tuple(value, fc.constantFrom('\n', '\r\n', '\n\n', '\n \t\r\n'));
    fc.assert(
      fc.property(fc.array(line), fc.boolean(), fc.array(fc.nat()), (lines, isEnded, places) => {
        const texts = lines.map(([one]) => JSON.stringify(one));
        const whole = lines.map(([, end], index) => texts[index]! + end).join('');
        const document = Buffer.from(isEnded ? whole : whole.trimEnd());
        const { records, error } = run(new NdjsonSplitter(MAX_BYTES), cut(document, places));
        expect(error).toBeUndefined();
        expect(records.map((record) => String(record).trimEnd())).toEqual(texts);
      }),
      { numRuns: 500 },
    );
  });

  it('has no records in nothing, nor in blank lines', () => {
    expect([asLines('').records, asLines('\n\r\n  \n\t').records]).toEqual([[], []]);
  });

  it('has no record in a line of a byte order mark alone', () => {
    expect([asLines('\ufeff\n1').records, asLines('\ufeff').records]).toEqual([['1'], []]);
  });

  it('skips a line that is too large, the last one too', () => {
    expect(asLines(`1\n${'x'.repeat(30)}\n2\n${'y'.repeat(30)}`, 20).records).toEqual([
      '1',
      TOO_LARGE,
      '2',
      TOO_LARGE,
    ]);
  });
});
