import { isEventId } from '@libs/domain';
import { RunIdentity } from './run-identity';

const terms = { seed: 1, rate: 3, startedAtMs: Date.parse('2026-11-21T05:39:39.000Z'), run: 0x3a5c6d7 };

describe(RunIdentity.name, () => {
  const run = new RunIdentity(terms);

  it('gives each record an event id of its own that the contract takes', () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => run.eventId(index));
    expect(ids.every(isEventId)).toBe(true);
    expect(new Set(ids).size).toBe(1_000);
  });

  it('writes the time of arrival into the id, so that ids rise', () => {
    expect(run.arrivalMs(4) - run.startedAtMs).toBe(1_333);
    const time = run.eventId(4).replace('-', '').slice(0, 12);
    expect(Number.parseInt(time, 16)).toBe(run.arrivalMs(4));
  });

  it.each([0, 1, 255, 2 ** 33])('finds the index %i again in its id', (index) => {
    expect(run.indexOf(run.eventId(index))).toBe(index);
  });

  it('takes no id of another run or of anybody else for its own', () => {
    expect(run.indexOf(new RunIdentity({ ...terms, run: 0x3a5c6d8 }).eventId(7))).toBeUndefined();
    expect(run.indexOf('0198f0c0-0000-7000-8000-000000000001')).toBeUndefined();
    expect(run.indexOf('host/1')).toBeUndefined();
  });

  it('differs from run to run', () => {
    const { run: _, ...open } = terms;
    expect(new RunIdentity(open).eventId(0)).not.toBe(new RunIdentity(open).eventId(0));
  });
});
