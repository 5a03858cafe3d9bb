import fc from 'fast-check';
import { PipelineError } from '@libs/domain';
import { InvalidJson, positionAfter, START_OF_TEXT } from './invalid-json';
import { MAX_FIELDS, MAX_NESTING, parseJsonDocument } from './json-document';

const parse = (text: string | Uint8Array): unknown => parseJsonDocument(Buffer.from(text as string));
const nested = (levels: number): string => '[{"a":'.repeat(levels / 2) + '1' + '}]'.repeat(levels / 2);

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as PipelineError).code;
  }
  return 'none';
}

describe(parseJsonDocument.name, () => {
  it.each([['null'], ['7'], ['"é😀"'], ['[1,{"a":[]}]'], [' {"a":1}\n']])('reads %s', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it('keeps __proto__ an ordinary key', () => {
    const document = parse('{"__proto__":{"admin":true}}') as Record<string, unknown>;
    expect(Object.keys(document)).toEqual(['__proto__']);
    expect(document.admin).toBeUndefined();
  });

  it.each([
    ['nothing', '', 'invalid_json'],
    ['white space', ' \n', 'invalid_json'],
    ['a trailing comma', '[1,]', 'invalid_json'],
    ['two values', '{}{}', 'invalid_json'],
    ['NaN', 'NaN', 'invalid_json'],
    ['a byte order mark alone', '\ufeff', 'invalid_json'],
    ['two byte order marks', '\ufeff\ufeff{}', 'invalid_json'],
    ['a byte order mark behind the first byte', ' \ufeff{}', 'invalid_json'],
    ['half a byte order mark', Uint8Array.of(0xef, 0xbb, 0x7b, 0x7d), 'invalid_encoding'],
    ['a text without end', '"[[[[', 'invalid_json'],
    ['an escape without end', '[[[[[[[[[[[[[[[[["\\', 'nesting_too_deep'],
    ['Latin-1', Uint8Array.of(0x22, 0xe9, 0x22), 'invalid_encoding'],
    ['an overlong form', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), 'invalid_encoding'],
    ['a surrogate in UTF-8', Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22), 'invalid_encoding'],
    ['UTF-16', Buffer.from('{"a":"é"}', 'utf16le'), 'invalid_encoding'],
  ])('refuses %s', (_, text, code) => {
    expect(codeOf(() => parse(text))).toBe(code);
  });

  it('reads 16 levels and refuses more', () => {
    expect(MAX_NESTING).toBe(16);
    expect(codeOf(() => parse(nested(16)))).toBe('none');
    expect(codeOf(() => parse(`[${nested(16)}]`))).toBe('nesting_too_deep');
  });

  it('reads 16 levels and refuses more where siblings bring further brackets', () => {
    const siblings = '[],'.repeat(20);
    expect(codeOf(() => parse(`[${siblings}${nested(14)},[]]`))).toBe('none');
    expect(codeOf(() => parse(`[[${siblings}${nested(14)}]]`))).toBe('none');
    expect(codeOf(() => parse(`[[[${siblings}${nested(14)}]]]`))).toBe('nesting_too_deep');
  });

  it('bounds the fields of all objects together, whatever colons its texts hold', () => {
    const fields = (count: number): string => Array.from({ length: count }, (_, i) => `"k${i}":":"`).join();
    const half = MAX_FIELDS / 2;
    expect(codeOf(() => parse(`[{${fields(half)}},{${fields(half)}}]`))).toBe('none');
    expect(codeOf(() => parse(`[{${fields(half)}},{${fields(half + 1)}}]`))).toBe('invalid_metadata');
    expect(codeOf(() => parse(`["${':'.repeat(3 * MAX_FIELDS)}"]`))).toBe('none');
  });

  it('refuses integers that JavaScript would change', () => {
    expect(codeOf(() => parse('{"id":9007199254740993}'))).toBe('invalid_metadata');
    expect(codeOf(() => parse('{"id":9007199254740992}'))).toBe('none');
  });

  it('counts depth, not brackets', () => {
    const wide = `[${Array.from({ length: 1000 }, () => '[{}]').join(',')}]`;
    expect(codeOf(() => parse(wide))).toBe('none');
  });

  it('does not count brackets inside texts, with quotes and backslashes among them', () => {
    const text = '[{'.repeat(20) + '"\\';
    expect(parse(JSON.stringify({ [text]: [text, text] }))).toEqual({ [text]: [text, text] });
  });

  it('skips a byte order mark', () => {
    expect(parse('\ufeff{"a":"\ufeff"}')).toEqual({ a: '\ufeff' });
  });

  it.each([
    ['{"model":}', 'unexpected "}" at line 1, column 10 (byte 9)'],
    ['{\n  "a": 1,\n}', 'unexpected "}" at line 3, column 1 (byte 12); JSON has no trailing commas'],
    ['{\r\n"a":x}', 'unexpected "x" at line 2, column 5 (byte 7)'],
    ['{"é😀":NaN}', 'unexpected "NaN" at line 1, column 7 (byte 10); JSON has no NaN and no Infinity'],
    ['\ufeff{"a":}', 'unexpected "}" at line 1, column 6 (byte 8)'],
    ['', 'unexpected end of the text at line 1, column 1 (byte 0); it is empty'],
    ['{"secret', 'unexpected end inside a text at line 1, column 9 (byte 8); its closing quote is missing'],
  ])('says of %j where it is no JSON, in characters and bytes, and what is there', (text, message) => {
    expect(() => parse(text)).toThrow(`the body is not JSON: ${message}`);
  });
});

describe(InvalidJson.name, () => {
  const fault = (text: string): InvalidJson => {
    try {
      parse(text);
    } catch (error) {
      if (error instanceof InvalidJson) return error;
    }
    throw new Error('it is JSON');
  };

  it('moves to where its text begins in a larger one', () => {
    const start = positionAfter(START_OF_TEXT, Buffer.from('é\n[é, '));
    expect(start).toEqual({ line: 2, column: 5, byte: 8 });
    expect(fault('{"a":}').within(start).message).toMatch(/line 2, column 10 \(byte 13\)$/);
    expect(fault('{\n"a":}').within(start).message).toMatch(/line 3, column 5 \(byte 14\)$/);
  });

  it('comes to the same place whatever pieces a text is passed in', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'é', '😀', '\n', '\r\n') }),
        fc.nat(),
        (text, cut) => {
          const bytes = Buffer.from(text);
          const at = cut % (bytes.length + 1);
          const first = positionAfter(START_OF_TEXT, bytes.subarray(0, at));
          expect(positionAfter(first, bytes.subarray(at))).toEqual(positionAfter(START_OF_TEXT, bytes));
          expect(positionAfter(START_OF_TEXT, bytes)).toEqual({
            line: text.split('\n').length,
            column: Array.from(text.split('\n').at(-1)!).length + 1,
            byte: bytes.length,
          });
        },
      ),
    );
  });
});
