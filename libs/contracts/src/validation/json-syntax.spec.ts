import fc from 'fast-check';
import { jsonFaultOf } from './json-syntax';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What may close a text or an escape in it, and what a value may follow. */
const ENDINGS = ['', '"', '\\"', '0"', '00"', '000"', '0000"'].flatMap((end) =>
  ['', ':0', '0', 'null', '""', '"":0', ',0', ',"":0'].map((more) => end + more),
);

/** Whether some text that begins so is JSON: the open objects and arrays are closed behind one of the endings. */
function isPrefix(text: string): boolean {
  const open: string[] = [];
  for (const [sign] of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/g)) {
    if (sign === '[' || sign === '{') open.unshift(sign === '[' ? ']' : '}');
    else if (sign === ']' || sign === '}') open.shift();
  }
  return ENDINGS.some((ending) => isJson(text + ending + open.join('')));
}

const signs = fc.constantFrom(
  ...['{', '}', '[', ']', ':', ',', '"', '"a"', '1', '-', '.5', 'e3', '01', 'true', 'nul', 'NaN', "'"],
  ...[' ', '\n', '\\', '\\"', '\\u00e9', '\\u1', '\\x', '\t', 'é', '😀', '\ufeff', '\u00a0', '/*', '\u0000'],
);
const change = fc.record({
  value: fc.jsonValue({ maxDepth: 3 }),
  indent: fc.constantFrom(0, 1),
  place: fc.nat(),
  cut: fc.nat(3),
  put: fc.oneof(signs, fc.string({ maxLength: 2, unit: 'binary' })),
});
const texts = fc.oneof(
  fc.array(signs, { maxLength: 12 }).map((parts) => parts.join('')),
  change.map(({ value, indent, place, cut, put }) => {
    const text = JSON.stringify(value, undefined, indent);
    const at = place % (text.length + 1);
    return text.slice(0, at) + put + text.slice(at + cut);
  }),
);

describe(jsonFaultOf.name, () => {
  it('has a fault of every text that JSON.parse refuses, and of no other', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(jsonFaultOf(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 3_000 },
    );
  });

  it('tells a place before which nothing is wrong: what is before it begins some JSON text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const fault = jsonFaultOf(text);
        fc.pre(fault !== undefined);
        expect([text, isPrefix(text.slice(0, fault.at))]).toEqual([text, true]);
        const isCutShort = fault.at === text.length;
        expect(isCutShort).toBe(fault.token.startsWith('end '));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each<[string, string, number, string, string | undefined]>([
    ['nothing', '', 0, 'end of the text', 'it is empty'],
    ['white space', ' \n', 2, 'end of the text', 'it is empty'],
    ['a missing value', '{"a":}', 5, '"}"', undefined],
    ['a missing end', '{"a":[1', 7, 'end of the text', undefined],
    ['a wrong bracket', '{"a":[1}', 7, '"}"', undefined],
    ['a missing comma', '{"a":1 "b":2}', 7, "'\"'", 'a comma is missing before it'],
    ['a missing comma between words', '[1 true]', 3, '"true"', 'a comma is missing before it'],
    ['a trailing comma in an array', '[1,]', 3, '"]"', 'JSON has no trailing commas'],
    ['a trailing comma in an object', '{"a":1,\n}', 8, '"}"', 'JSON has no trailing commas'],
    ['NaN', '{"a":NaN}', 5, '"NaN"', 'JSON has no NaN and no Infinity'],
    ['Infinity', '[1,Infinity]', 3, '"Infinity"', 'JSON has no NaN and no Infinity'],
    ['-Infinity', '[-Infinity]', 1, '"-Infinity"', 'JSON has no NaN and no Infinity'],
    ['nan of C', '[-nan]', 1, '"-nan"', 'JSON has no NaN and no Infinity'],
    ['True of Python', '{"a":True}', 5, '"True"', 'JSON spells it true'],
    ['None of Python', '{"a":None}', 5, '"None"', 'JSON spells it null'],
    ['undefined of JavaScript', '[undefined]', 1, '"undefined"', 'JSON spells it null'],
    ['single quotes', "{'a':1}", 1, '"\'"', 'JSON has double quotes (") alone'],
    ['typographic quotes', '{“a”:1}', 1, '"\\u201c"', 'JSON has double quotes (") alone'],
    ['a bare name', '{model:1}', 1, '"model"', 'names stand in double quotes (")'],
    ['a comment', '{"a":1 // one\n}', 7, '"/"', 'JSON has no comments'],
    ['a leading zero', '[01]', 1, '"01"', undefined],
    ['a plus', '[+1]', 1, '"+1"', undefined],
    ['a hexadecimal number', '[0x1f]', 1, '"0x1f"', undefined],
    ['a number without digits', '[1.]', 1, '"1."', undefined],
    ['a long word', `[${'a'.repeat(50)}]`, 1, '"aaaaaaaaaaaaaaaa..."', undefined],
    [
      'a line break inside a text',
      '"a\nb"',
      2,
      '"\\u000a" inside a text',
      'control characters must be escaped',
    ],
    ['an unknown escape', '"C:\\data"', 3, '"\\d"', 'JSON has no such escape'],
    ['an escape that is not whole', '"\\u12x4"', 1, '"\\u12x4"', 'JSON has no such escape'],
    ['a text without end', '{"a":"b\\"', 9, 'end inside a text', 'its closing quote is missing'],
    ['an escape without end', '"a\\u00', 6, 'end inside a text', 'its closing quote is missing'],
    ['two values', '{}{}', 2, '"{"', 'the JSON text ended before it'],
    ['a bracket too many', '[1]]', 3, '"]"', 'the JSON text ended before it'],
    ['a space that JSON has not', '[\u00a01]', 1, '"\\u00a0"', undefined],
    ['a sign that turns what follows', '[\u202e1]', 1, '"\\u202e"', undefined],
    ['an emoji', '[😀]', 1, '"\\ud83d\\ude00"', undefined],
    ['a terminal escape', '[\u001b[2J]', 1, '"\\u001b"', undefined],
  ])('tells where and what: %s', (_name, text, at, token, advice) => {
    expect(jsonFaultOf(text)).toMatchObject({ at, token });
    expect(jsonFaultOf(text)!.advice).toBe(advice);
  });

  it('tells an object on a line behind the first one, as NDJSON has, from others', () => {
    const mayBeNdjson = (text: string): boolean | undefined => jsonFaultOf(text)?.mayBeNdjson;
    expect(['{}\n{}', '{"a":1}\r\n\r\n {"a":'].map(mayBeNdjson)).toEqual([true, true]);
    expect(['{}{}', '{}\n,{}', '[{}\n{}]', '{}\n[]'].map(mayBeNdjson)).toEqual([false, false, false, false]);
  });

  it.each([
    ['one text', `"${'x'.repeat(8_000_000)}\n"`, 8_000_001],
    ['escapes', `"${'\\n'.repeat(1_000_000)}\\x"`, 2_000_001],
    ['digits', `[${'1'.repeat(8_000_000)}x]`, 1],
    ['white space', `${' '.repeat(8_000_000)}x`, 8_000_000],
    ['numbers', `[${'0.125,'.repeat(1_000_000)}]`, 6_000_001],
  ])('comes to the end of millions of characters: %s', (_name, text, at) => {
    expect(jsonFaultOf(text)?.at).toBe(at);
  });
});
