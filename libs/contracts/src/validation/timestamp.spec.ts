import { parseTimestamp, timestampFault } from './timestamp';

const read = (text: string): string | undefined => parseTimestamp(text)?.toISOString();

describe(parseTimestamp.name, () => {
  it.each([
    ['2026-11-21T05:39:39Z', '2026-11-21T05:39:39.000Z'],
    ['2026-11-21t05:39:39z', '2026-11-21T05:39:39.000Z'],
    ['2026-11-21 05:39:39Z', '2026-11-21T05:39:39.000Z'],
    ['2026-11-21 05:39:39.25-05:30', '2026-11-21T11:09:39.250Z'],
    ['2026-11-21T05:39:39+02:00', '2026-11-21T03:39:39.000Z'],
    ['2026-11-21T22:09:39-05:30', '2026-11-22T03:39:39.000Z'],
    ['2026-11-21T05:39:39-00:00', '2026-11-21T05:39:39.000Z'],
    ['2026-11-21T05:39:39+23:59', '2026-11-20T05:40:39.000Z'],
    ['2026-11-21T05:39:39.5Z', '2026-11-21T05:39:39.500Z'],
    ['2026-11-21T05:39:39.0019Z', '2026-11-21T05:39:39.001Z'],
    ['2026-11-21T05:39:39.123456789012345678901234567890Z', '2026-11-21T05:39:39.123Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['2000-01-01T00:00:00Z', '2000-01-01T00:00:00.000Z'],
    ['1999-12-31T23:30:00-01:00', '2000-01-01T00:30:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('reads %s as %s', (text, instant) => {
    expect(read(text)).toBe(instant);
  });
});

describe(timestampFault.name, () => {
  it('finds none in text that names an instant', () => {
    expect(timestampFault('2026-11-21 05:39:39z')).toBeUndefined();
  });

  const offset = 'its offset must be Z or one such as +02:00';
  it.each([
    ['2026-11-21T05:39:39', 'it has no offset; add Z for UTC, or an offset such as +02:00'],
    ['2026-11-21 05:39:39.123456', 'it has no offset; add Z for UTC, or an offset such as +02:00'],
    ['2026-11-21T05:39:39+0000', 'its offset has no colon; write it as in +02:00'],
    ['2026-11-21T05:39:39.5-0530', 'its offset has no colon; write it as in +02:00'],
    ['2026-11-21T05:39:39+02', 'its offset has no minutes; write it as in +02:00'],
    ['2026-11-21T05:39:39 00:00', 'its offset has a space for its sign; in a query string, write + as %2B'],
    ['2026-11-21T05:39:39 0000', 'its offset has a space for its sign; in a query string, write + as %2B'],
    ['2026-11-21T05:39:39 02', 'its offset has a space for its sign; in a query string, write + as %2B'],
    ['2026-11-21 05:39:39 +0000', 'a space stands before its offset; write it as in 05:39:39+02:00'],
    ['2026-11-21 05:39:39 UTC', 'a space stands before its offset; write it as in 05:39:39+02:00'],
    ['2026-11-21T05:39:39UTC', offset],
    ['2026-11-21T05:39:39−05:00', offset],
    ['2026-11-21T05:39:39+02:00[Europe/Berlin]', offset],
    ['2026-11-21T05:39:39+24:00', 'there is no such offset'],
    ['2026-11-21T05:39:39+01:60', 'there is no such offset'],
    ['2016-12-31T23:59:60Z', 'second 60, a leap second, cannot be kept; send second 59'],
    ['2026-11-21T05:39:61Z', 'there is no such time of day'],
    ['2026-11-21T24:00:00Z', 'there is no such time of day'],
    ['2026-11-21T05:60:39Z', 'there is no such time of day'],
    ['2026-11-21T05:39Z', 'it has no seconds'],
    ['2026-11-21 05:39', 'it has no seconds'],
    ['2026-11-21', 'it is a date without a time'],
    ['2026-11-21T05:39:39,5Z', 'its fraction of a second begins with a comma; write a point'],
    ['2026-11-21T05:39:39.Z', 'its fraction of a second has no digits'],
    ['1763703579', 'it is a number; write the date out, as in 2026-11-21T05:39:39Z'],
    ['-1763703579.25', 'it is a number; write the date out, as in 2026-11-21T05:39:39Z'],
    ['2026-00-21T05:39:39Z', 'the calendar has no such date'],
    ['2026-13-21T05:39:39Z', 'the calendar has no such date'],
    ['2026-11-00T05:39:39Z', 'the calendar has no such date'],
    ['2026-11-31T05:39:39Z', 'the calendar has no such date'],
    ['2026-02-29T05:39:39Z', 'the calendar has no such date'],
    ['1999-12-31T23:59:59Z', 'it is before 2000 in UTC'],
    ['2000-01-01T00:30:00+01:00', 'it is before 2000 in UTC'],
    ['0099-12-31T23:30:00-01:00', 'it is before 2000 in UTC'],
    ['9999-12-31T23:30:00-01:00', 'it is past 9999 in UTC'],
    ['2026-11-21T05:39:39Z\n', 'it begins or ends with a blank'],
    [' 2026-11-21T05:39:39Z', 'it begins or ends with a blank'],
    ['', 'it is written in another way'],
    ['2026-11-21  05:39:39Z', 'it is written in another way'],
    ['20261121T053939Z', 'it is written in another way'],
    ['12026-11-21T05:39:39Z', 'it is written in another way'],
    ['+002026-11-21T05:39:39Z', 'it is written in another way'],
    ['٢٠٢٦-11-21T05:39:39Z', 'it is written in another way'],
    ['Sat, 21 Nov 2026 05:39:39 GMT', 'it is written in another way'],
    ['now', 'it is written in another way'],
  ])('tells of %j: %s', (text, fault) => {
    expect([read(text), timestampFault(text)]).toEqual([undefined, fault]);
  });
});
