import { seededRandom, SPELLINGS } from '../../testing';
import { LIMITS } from '../limits';
import { readNumberArray } from './number-array';

/** What is read of an array whose text this is, behind its opening bracket. */
const read = (text: string): Float32Array | undefined => readNumberArray(Buffer.from(text), 0)?.vector;
const judged = (text: string): number[] =>
  (JSON.parse(`[${text}`) as unknown[]).map((value) => Math.fround(value as number));

/** Whether each number reads as JSON.parse and Math.fround read it, or is left to them; which do not, and how many are read. */
function compare(numbers: readonly string[]): { wrong: string[]; read: number } {
  const expected = judged(`${numbers.join()}]`);
  const found = numbers.map((number) => read(`${number}]`)?.[0]);
  const isRight = (value: number, at: number): boolean =>
    Number.isFinite(value) && Object.is(value, expected[at]);
  const wrong = numbers.filter((_, at) => found[at] !== undefined && !isRight(found[at], at));
  return { wrong, read: found.filter((value) => value !== undefined).length };
}

describe(readNumberArray.name, () => {
  it.each([
    ['one number', '1]', [1]],
    ['fractions', '0.5,-1.25,3.0]', [0.5, -1.25, 3]],
    ['zeros of both signs', '0,-0,0.0,-0.000,0e9,-0E-9]', [0, -0, 0, -0, 0, -0]],
    ['white space', ' \t\r\n1.5 ,\n  -2 \r,3\t]', [1.5, -2, 3]],
    ['exponents', '1e3,1.5E-3,-2.5e+2,12e0]', [1_000, Math.fround(0.0015), -250, 12]],
    [
      '18 digits',
      '0.123456789012345678,123456789012345678]',
      [0.12345679, 123456790000000000].map(Math.fround),
    ],
    ['a fraction of 24 digits', '0.000000012345678901234567]', [Math.fround(1.2345678901234567e-8)]],
    ['integers in the middle between two', '16777217,16777219]', [16777216, 16777220]],
  ])('reads %s', (_, text, values) => {
    expect([...read(text)!]).toEqual(values);
  });

  it.each([
    ['an empty array', ']'],
    ['white space alone', ' \n]'],
    ['no end', '1,2'],
    ['a comma before', ',1]'],
    ['a comma behind', '1,]'],
    ['two commas', '1,,2]'],
    ['no comma', '1 2]'],
    ['no comma behind a fraction', '1.5 2.5]'],
    ['a leading zero', '01]'],
    ['a leading zero behind a sign', '-01.5]'],
    ['a sign alone', '-]'],
    ['two signs', '--1]'],
    ['a plus', '+1]'],
    ['a space behind a sign', '- 1]'],
    ['no digit before a point', '.5]'],
    ['no digit behind a point', '1.]'],
    ['no digit behind a point, an exponent', '1.e5]'],
    ['no digit in an exponent', '1e]'],
    ['no digit behind the sign of an exponent', '1.5e-]'],
    ['an exponent with a fraction', '1e1.5]'],
    ['two points', '1.2.3]'],
    ['a letter in a fraction', '0.12345x78]'],
    ['a letter behind 16 digits', '0.1x34567890123456]'],
    ['a hexadecimal number', '0x10]'],
    ['null', '1,null]'],
    ['NaN', 'NaN]'],
    ['Infinity', '-Infinity]'],
    ['a text', '"1"]'],
    ['an array', '[1],2]'],
    ['an object', '{}]'],
    ['a NUL', '1\0]'],
    ['a vertical tab', '\v1]'],
    ['white space past ASCII', '\u00a01]'],
    ['a digit past ASCII', '١]'],
    ['19 digits', '0.1234567890123456789]'],
    ['19 digits before the point', '1234567890123456789]'],
    ['a fraction of 25 digits', '0.1000000000000000000000000]'],
    ['more than a float32 holds', '1,1e39]'],
    ['a little more than a float32 holds', '3.5e38,1]'],
    ['the middle between the largest float32 and infinity', '3.4028235677973366e38]'],
    ['more than a double holds', '1e999]'],
    ['an endless exponent', `1e-${'9'.repeat(400)}]`],
    ['less than the table holds', '1e-61]'],
    ['the middle between two in many digits', '1.00000005960464478]'],
    ['a subnormal', '1.1754943508222875e-39]'],
  ])('leaves to JSON.parse %s', (_, text) => {
    expect(read(text)).toBeUndefined();
  });

  it.each(Object.entries(SPELLINGS))(
    'reads as JSON.parse and Math.fround do, or not at all: %s',
    (_, spell) => {
      const random = seededRandom(1);
      const numbers = Array.from({ length: 20_000 }, () => spell(random));
      const { wrong, read: count } = compare(numbers);
      expect(wrong).toEqual([]);
      expect(count).toBeGreaterThan(0);
    },
  );

  it('reads arrays of any length and white space, wherever their numbers lie', () => {
    const random = seededRandom(2);
    const spellings = [
      SPELLINGS['eight digits'],
      SPELLINGS['small, nine digits'],
      SPELLINGS['float32 values in the digits of a double'],
    ];
    const spaces = ['', '', '', ' ', '\n    '];
    for (let length = 1; length < 400; length++) {
      const numbers = Array.from({ length }, () => {
        const spell = spellings[Math.floor(random() * spellings.length)]!;
        return spaces[Math.floor(random() * spaces.length)]! + spell(random);
      });
      const text = `${numbers.join()}]`;
      expect(isJudgedSo(text, read(text)!)).toBe(true);
    }
  });

  it('reads of a broken array nothing that JSON.parse refuses', () => {
    const random = seededRandom(3);
    const put = ['', ',', '.', '-', '+', 'e', '0', '00', ' ', '\n', 'x', '\0', '"', '[', ']', '\u2028'];
    const wrong: string[] = [];
    for (let turn = 0; turn < 20_000; turn++) {
      const numbers = Array.from({ length: 4 }, () => SPELLINGS['eight digits'](random));
      const text = numbers.join();
      const at = Math.floor(random() * text.length);
      const cut = Math.floor(random() * 3);
      const broken = `${text.slice(0, at)}${put[Math.floor(random() * put.length)]!}${text.slice(at + cut)}]`;
      const found = readNumberArray(Buffer.from(broken), 0);
      if (found && !isJudgedSo(broken.slice(0, found.end), found.vector)) wrong.push(broken);
    }
    expect(wrong).toEqual([]);
  });

  it('reads as many numbers as an embedding may have and leaves more to JSON.parse', () => {
    const of = (count: number): string => `${new Array(count).fill('0.5').join()}]`;
    expect(read(of(LIMITS.embeddingValues))).toEqual(new Float32Array(LIMITS.embeddingValues).fill(0.5));
    expect(read(of(LIMITS.embeddingValues + 1))).toBeUndefined();
    expect(read(of(20 * LIMITS.embeddingValues))).toBeUndefined();
  });

  it('tells where the text goes on, wherever the array begins', () => {
    const bytes = Buffer.from('{"a":[1.5,2],"b":[3]}');
    const first = readNumberArray(bytes, 6)!;
    expect([[...first.vector], bytes.toString('latin1', first.end)]).toEqual([[1.5, 2], ',"b":[3]}']);
  });

  it('knows nothing of what it has read before', () => {
    read(`${new Array(500).fill('9.87654321').join()}]`);
    expect([...read('1.5]')!]).toEqual([1.5]);
    expect(read('1.5,]')).toBeUndefined();
    expect(read('1.]')).toBeUndefined();
  });
});

function isJudgedSo(text: string, vector: Float32Array): boolean {
  try {
    const expected = judged(text);
    return expected.length === vector.length && vector.every((value, at) => Object.is(value, expected[at]));
  } catch {
    return false;
  }
}
