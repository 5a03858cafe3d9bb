const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** Nothing we describe is older: an earlier date is a clock that was never set. */
const FIRST_YEAR = 2000;

/** Ends the sentence "must be …". */
export const TIMESTAMP_TEXT = `an RFC 3339 date and time with offset, from ${FIRST_YEAR} on`;

/** RFC 3339 years have four digits: a later instant could not be written back. */
const LAST_YEAR = 9999;

const FIRST_MS = Date.UTC(FIRST_YEAR);
const END_MS = Date.UTC(LAST_YEAR + 1);

/** A rule and the reader of its field ask for the same text one after the other. */
let last: { readonly text: string; readonly ms: number | undefined } = { text: '', ms: undefined };

/**
 * The instant that RFC 3339 text with an offset names, to the millisecond (further digits are cut off).
 * Undefined for other text, dates the calendar does not have, leap seconds, and UTC years before 2000 or past 9999.
 */
export function parseTimestamp(text: string): Date | undefined {
  if (text !== last.text) last = { text, ms: millisecondsOf(text) };
  return last.ms === undefined ? undefined : new Date(last.ms);
}

function millisecondsOf(text: string): number | undefined {
  const match = RFC3339.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [offsetHour, offsetMinute] = [Number(match[9] ?? 0), Number(match[10] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59 || offsetHour > 23 || offsetMinute > 59) return undefined;
  const calendar = new Date(0);
  calendar.setUTCFullYear(year, month - 1, day); // Date.UTC would take year 99 for 1999
  if (calendar.getUTCMonth() !== month - 1 || calendar.getUTCDate() !== day) return undefined;
  const milliseconds = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
  const offsetMinutes = (match[8] === '-' ? -1 : 1) * (offsetHour * 60 + offsetMinute);
  calendar.setUTCHours(hour, minute - offsetMinutes, second, milliseconds);
  return isInTimestampRange(calendar.getTime()) ? calendar.getTime() : undefined;
}

/** Whether an instant is one that such text names. */
export function isInTimestampRange(milliseconds: number): boolean {
  return milliseconds >= FIRST_MS && milliseconds < END_MS;
}

/** True for text that names an instant. */
export function isTimestamp(text: string): boolean {
  return parseTimestamp(text) !== undefined;
}
