/** What makes a text no JSON. */
export interface JsonFault {
  /** Of the first token at fault, in UTF-16 units: what is before it may begin a JSON text. */
  readonly at: number;
  /** The token as it may be shown, or what is there in its place. */
  readonly token: string;
  readonly advice?: string | undefined;
  /** True where a value has ended, and an object begins on a later line. */
  readonly mayBeNdjson?: boolean;
}

const MAX_SHOWN = 16;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ESCAPED = '"\\/bfnrt';
const UNICODE_ESCAPE = /^\\u[\da-fA-F]{4}$/;
/** Nothing, or the beginning of an escape. */
const CUT_ESCAPE = /^(?:\\(?:u[\da-fA-F]{0,3})?)?$/;
const LITERALS: ReadonlySet<string> = new Set(['true', 'false', 'null']);
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const NOT_FINITE = /^[+-]?(?:nan|inf|infinity)$/i;
/** How other languages spell what JSON has, in lower case. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['true', 'true'],
  ['false', 'false'],
  ['null', 'null'],
  ['none', 'null'],
  ['nil', 'null'],
  ['undefined', 'null'],
]);
const OTHER_QUOTES = "'`\u2018\u2019\u201c\u201d";

/** What a token is by its first character; each a bit, so that several may be expected. */
const Kind = {
  OpenObject: 1,
  CloseObject: 2,
  OpenArray: 4,
  CloseArray: 8,
  Colon: 16,
  Comma: 32,
  Text: 64,
  /** A number, a literal, or what is mistaken for one. */
  Word: 128,
  End: 256,
  Other: 512,
} as const;

const SIGNS: ReadonlyMap<string, number> = new Map([
  ['{', Kind.OpenObject],
  ['}', Kind.CloseObject],
  ['[', Kind.OpenArray],
  [']', Kind.CloseArray],
  [':', Kind.Colon],
  [',', Kind.Comma],
  ['"', Kind.Text],
]);
const KINDS = Uint16Array.from({ length: 128 }, (_, code) => {
  const sign = String.fromCharCode(code);
  return SIGNS.get(sign) ?? (/[\w$+.-]/.test(sign) ? Kind.Word : Kind.Other);
});

const VALUE = Kind.OpenObject | Kind.OpenArray | Kind.Text | Kind.Word;
const FIRST_ITEM = VALUE | Kind.CloseArray;
const NAME = Kind.Text;
const FIRST_NAME = NAME | Kind.CloseObject;
const AFTER_FIELD = Kind.Comma | Kind.CloseObject;
const AFTER_ITEM = Kind.Comma | Kind.CloseArray;

/**
 * The first fault of a text that JSON.parse refuses; undefined where it takes it. Takes linear time. V8's own messages
 * are no interface: they differ in form, cut the text short and leave out the place of some faults.
 */
export function jsonFaultOf(text: string): JsonFault | undefined {
  const open: number[] = [];
  let expected: number = VALUE;
  let lastKind: number = Kind.Other;
  let lastEnd = 0;
  for (;;) {
    const at = endOfSpace(text, lastEnd);
    const kind = kindAt(text, at);
    if ((kind & expected) === 0) return unexpected(text, { kind, at, expected, lastKind, lastEnd });
    if (kind === Kind.End) return undefined;
    lastEnd = at + 1;
    if (kind === Kind.Text) {
      const stop = endOfText(text, lastEnd);
      if (text.charCodeAt(stop) !== QUOTE) return faultInsideText(text, stop);
      lastEnd = stop + 1;
    } else if (kind === Kind.Word) {
      lastEnd = endOfWord(text, at);
      const fault = faultOfWord(text.slice(at, lastEnd), at);
      if (fault) return fault;
    }
    expected = expectedAfter(kind, expected, open);
    lastKind = kind;
  }
}

/** What may follow; keeps which objects and arrays are open. */
function expectedAfter(kind: number, expected: number, open: number[]): number {
  if (kind === Kind.OpenObject || kind === Kind.OpenArray) {
    open.push(kind);
    return kind === Kind.OpenObject ? FIRST_NAME : FIRST_ITEM;
  }
  if (kind === Kind.Colon) return VALUE;
  if (kind === Kind.CloseObject || kind === Kind.CloseArray) open.pop();
  const isInObject = open.at(-1) === Kind.OpenObject;
  if (kind === Kind.Comma) return isInObject ? NAME : VALUE;
  if (kind === Kind.Text && isName(expected)) return Kind.Colon;
  if (open.length === 0) return Kind.End;
  return isInObject ? AFTER_FIELD : AFTER_ITEM;
}

function isName(expected: number): boolean {
  return expected === NAME || expected === FIRST_NAME;
}

function kindAt(text: string, at: number): number {
  if (at === text.length) return Kind.End;
  return KINDS[text.charCodeAt(at)] ?? Kind.Other;
}

function endOfSpace(text: string, from: number): number {
  for (let at = from; ; at++) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
  }
}

function endOfWord(text: string, from: number): number {
  let at = from;
  while (KINDS[text.charCodeAt(at)] === Kind.Word) at += 1;
  return at;
}

/** Where the text's closing quote is, or what may not stand before it. */
function endOfText(text: string, from: number): number {
  let at = from;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === BACKSLASH) {
      const length = lengthOfEscape(text, at);
      if (length === 0) return at;
      at += length;
    } else if (code >= 0x20 && code !== QUOTE) at += 1;
    else return at;
  }
}

function lengthOfEscape(text: string, at: number): number {
  if (ESCAPED.includes(text[at + 1] ?? '-')) return 2;
  return UNICODE_ESCAPE.test(text.slice(at, at + 6)) ? 6 : 0;
}

function faultInsideText(text: string, at: number): JsonFault {
  const escape = text.slice(at, at + 6);
  if (CUT_ESCAPE.test(escape)) {
    return { at: text.length, token: 'end inside a text', advice: 'its closing quote is missing' };
  }
  if (escape.startsWith('\\')) {
    const token = shownToken(escape.startsWith('\\u') ? escape : escape.slice(0, 2));
    return { at, token, advice: 'JSON has no such escape' };
  }
  const token = `${shownToken(escape.charAt(0))} inside a text`;
  return { at, token, advice: 'control characters must be escaped' };
}

function faultOfWord(word: string, at: number): JsonFault | undefined {
  if (NUMBER.test(word) || LITERALS.has(word)) return undefined;
  const token = shownToken(word);
  if (NOT_FINITE.test(word)) return { at, token, advice: 'JSON has no NaN and no Infinity' };
  const spelling = SPELLINGS.get(word.toLowerCase());
  return spelling === undefined ? { at, token } : { at, token, advice: `JSON spells it ${spelling}` };
}

interface Unexpected {
  readonly kind: number;
  readonly at: number;
  readonly expected: number;
  /** Of the token before it. */
  readonly lastKind: number;
  readonly lastEnd: number;
}

function unexpected(text: string, found: Unexpected): JsonFault {
  const { kind, at, expected, lastEnd } = found;
  if (kind === Kind.End) {
    return { at, token: 'end of the text', ...(lastEnd === 0 && { advice: 'it is empty' }) };
  }
  const end = kind === Kind.Word ? endOfWord(text, at) : at + (text.codePointAt(at)! > 0xffff ? 2 : 1);
  const mayBeNdjson =
    kind === Kind.OpenObject && expected === Kind.End && text.slice(lastEnd, at).includes('\n');
  return { at, token: shownToken(text.slice(at, end)), advice: adviceFor(found, text[at]!), mayBeNdjson };
}

function adviceFor({ kind, expected, lastKind }: Unexpected, sign: string): string | undefined {
  if (OTHER_QUOTES.includes(sign)) return 'JSON has double quotes (") alone';
  if (sign === '/' || sign === '#') return 'JSON has no comments';
  if (expected === Kind.End) return 'the JSON text ended before it';
  const isClosing = kind === Kind.CloseObject || kind === Kind.CloseArray;
  if (isClosing && lastKind === Kind.Comma) return 'JSON has no trailing commas';
  if (kind === Kind.Word && isName(expected)) return 'names stand in double quotes (")';
  const isAfterValue = expected === AFTER_FIELD || expected === AFTER_ITEM;
  return isAfterValue && (kind & VALUE) !== 0 ? 'a comma is missing before it' : undefined;
}

/** Short, and without a sign that a terminal, a log or a page could take for more than a letter. */
export function shownToken(token: string): string {
  const cut = token.length > MAX_SHOWN ? `${token.slice(0, MAX_SHOWN)}...` : token;
  const safe = cut.replace(/[^ -~]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return safe.includes('"') ? `'${safe}'` : `"${safe}"`;
}
