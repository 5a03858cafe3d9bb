const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** Nothing we describe is older: an earlier date is a clock that was never set. */
const FIRST_YEAR = 2000;

/** Ends the sentence "must be …". */
export const TIMESTAMP_TEXT = `an RFC 3339 date and time with offset, from ${FIRST_YEAR} on`;

/** RFC 3339 years have four digits: a later instant could not be written back. */
const LAST_YEAR = 9999;

const FIRST_MS = Date.UTC(FIRST_YEAR);
const END_MS = Date.UTC(LAST_YEAR + 1);

/** What a date is followed by in each of the texts below. */
const MINUTE = String.raw`^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d`;
const SECOND = String.raw`${MINUTE}:\d\d(?:[.]\d+)?`;

/** Texts that people and programs write for RFC 3339, and what is wrong with each; the first that fits is told. */
const NEAR_MISSES: readonly (readonly [pattern: RegExp, fault: string])[] = [
  [/^\s|\s$/, 'it begins or ends with a blank'],
  [/^[+-]?\d+(?:\.\d+)?$/, 'it is a number; write the date out, as in 2026-11-21T05:39:39Z'],
  [/^\d{4}-\d\d-\d\d$/, 'it is a date without a time'],
  [new RegExp(`${MINUTE}(?:$|[^:\\d])`), 'it has no seconds'],
  [new RegExp(`${MINUTE}:\\d\\d,`), 'its fraction of a second begins with a comma; write a point'],
  [new RegExp(`${MINUTE}:\\d\\d[.](?!\\d)`), 'its fraction of a second has no digits'],
  [new RegExp(`${SECOND}$`), 'it has no offset; add Z for UTC, or an offset such as +02:00'],
  [
    new RegExp(`${SECOND} \\d\\d(?::?\\d\\d)?$`),
    'its offset has a space for its sign; in a query string, write + as %2B',
  ],
  [new RegExp(`${SECOND}\\s`), 'a space stands before its offset; write it as in 05:39:39+02:00'],
  [new RegExp(`${SECOND}[+-]\\d{4}$`), 'its offset has no colon; write it as in +02:00'],
  [new RegExp(`${SECOND}[+-]\\d\\d$`), 'its offset has no minutes; write it as in +02:00'],
  [new RegExp(SECOND), 'its offset must be Z or one such as +02:00'],
];

const OTHER_TEXT = 'it is written in another way';

/** A rule and the reader of its field ask for the same text one after the other. */
let last: { readonly text: string; readonly read: number | string } = { text: '', read: OTHER_TEXT };

/**
 * The instant that RFC 3339 text with an offset names, to the millisecond (further digits are cut off); the letters
 * may be small, and a space may stand for T (RFC 3339, section 5.6). Undefined for other text, dates the calendar
 * does not have, leap seconds, and UTC years before 2000 or past 9999.
 */
export function parseTimestamp(text: string): Date | undefined {
  const read = readTimestamp(text);
  return typeof read === 'number' ? new Date(read) : undefined;
}

/** What is wrong with text that names no instant; undefined for text that does. */
export function timestampFault(text: string): string | undefined {
  const read = readTimestamp(text);
  return typeof read === 'string' ? read : undefined;
}

function readTimestamp(text: string): number | string {
  if (text !== last.text) last = { text, read: millisecondsOf(text) };
  return last.read;
}

/** The instant, or what is wrong with the text. */
function millisecondsOf(text: string): number | string {
  const match = RFC3339.exec(text);
  if (!match) return NEAR_MISSES.find(([pattern]) => pattern.test(text))?.[1] ?? OTHER_TEXT;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [offsetHour, offsetMinute] = [Number(match[9] ?? 0), Number(match[10] ?? 0)];
  if (hour > 23 || minute > 59 || second > 60) return 'there is no such time of day';
  if (second === 60) return 'second 60, a leap second, cannot be kept; send second 59';
  if (offsetHour > 23 || offsetMinute > 59) return 'there is no such offset';
  const calendar = new Date(0);
  calendar.setUTCFullYear(year, month - 1, day); // Date.UTC would take year 99 for 1999
  if (calendar.getUTCMonth() !== month - 1 || calendar.getUTCDate() !== day) {
    return 'the calendar has no such date';
  }
  const milliseconds = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const offsetMinutes = (match[8] === '-' ? -1 : 1) * (offsetHour * 60 + offsetMinute);
  calendar.setUTCHours(hour, minute - offsetMinutes, second, milliseconds);
  if (isInTimestampRange(calendar.getTime())) return calendar.getTime();
  return calendar.getTime() < FIRST_MS
    ? `it is before ${FIRST_YEAR} in UTC`
    : `it is past ${LAST_YEAR} in UTC`;
}

/** Whether an instant is one that such text names. */
export function isInTimestampRange(milliseconds: number): boolean {
  return milliseconds >= FIRST_MS && milliseconds < END_MS;
}
