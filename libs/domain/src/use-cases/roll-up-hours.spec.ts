import { RecordRejected, StoreUnavailable } from '../errors';
import { FixedClock, InMemoryHourlyRollups, InMemoryMetadataStore } from '../testing';
import { RollUpHours } from './roll-up-hours';

const NOW = new Date('2026-11-21T05:40:00.000Z');
const hour = (text: string): Date => new Date(`${text}:00:00.000Z`);
/** Longer ago than a sweep looks. */
const OLD = hour('2026-10-01T07');
const OLDER = hour('2026-10-01T06');

describe(RollUpHours.name, () => {
  let rollups: InMemoryHourlyRollups;
  let clock: FixedClock;
  let rollUp: RollUpHours;
  const begin = (settings: { sliceMs?: number; retentionDays?: number } = {}): void => {
    rollUp = new RollUpHours(rollups, clock, { sliceMs: 6_000, ...settings });
  };
  const store = (capturedAt: Date, replacedCapturedAt?: Date): void => {
    rollUp.noteOutcome(capturedAt, { kind: 'stored', ...(replacedCapturedAt && { replacedCapturedAt }) });
  };
  const inHour = (start: Date): Date => new Date(start.getTime() + 3_599_999);
  /** What a run recounts when the sweep is not due. */
  const recounted = async (): Promise<readonly Date[]> => {
    rollups.recounted.length = 0;
    await rollUp.run();
    return [...rollups.recounted];
  };

  beforeEach(async () => {
    rollups = new InMemoryHourlyRollups(new InMemoryMetadataStore());
    clock = new FixedClock(NOW);
    begin();
    await rollUp.run();
  });

  it('recounts each hour that a stored document lies in once', async () => {
    for (const minute of [0, 59, 30]) store(new Date(OLD.getTime() + minute * 60_000));
    store(inHour(OLDER));
    expect(rollUp.hoursWaiting).toBe(2);
    expect(await recounted()).toEqual([OLD, OLDER]);
    expect(await recounted()).toEqual([]);
  });

  it('recounts the hour of the document that was replaced too', async () => {
    store(OLD, inHour(OLDER));
    expect(await recounted()).toEqual([OLD, OLDER]);
  });

  it('recounts for a superseded event: the worker that stored it may have been killed', async () => {
    rollUp.noteOutcome(OLD, { kind: 'superseded' });
    expect(await recounted()).toEqual([OLD]);
  });

  it('leaves out what changed no document', async () => {
    rollUp.noteOutcome(OLD, { kind: 'foreign' });
    rollUp.noteOutcome(OLD, { kind: 'rejected', error: new RecordRejected('no') });
    expect(await recounted()).toEqual([]);
  });

  it('sweeps the last 48 hours at the first run and then once an hour', async () => {
    begin();
    const swept = await recounted();
    expect(swept).toHaveLength(49);
    expect([swept[0], swept.at(-1)]).toEqual([hour('2026-11-21T05'), hour('2026-11-19T05')]);
    clock.time = new Date(NOW.getTime() + 3_599_999);
    expect(await recounted()).toEqual([]);
    clock.time = new Date(NOW.getTime() + 3_600_000);
    expect(await recounted()).toHaveLength(49);
  });

  it('stops when its slice is over and goes on where it stopped', async () => {
    for (const start of [OLD, OLDER]) store(start);
    rollups.meanwhile = () => Promise.resolve((clock.time = new Date(clock.time.getTime() + 6_000)));
    expect(await recounted()).toEqual([OLD]);
    expect(await recounted()).toEqual([OLDER]);
  });

  it('recounts what was touched before the sweep, and one hour of the sweep however long that took', async () => {
    begin();
    for (const start of [OLD, OLDER]) store(start);
    rollups.meanwhile = () => Promise.resolve((clock.time = new Date(clock.time.getTime() + 3_000)));
    expect(await recounted()).toEqual([OLD, OLDER, hour('2026-11-21T05')]);
  });

  it('finishes with all that was touched, without a sweep', async () => {
    begin({ sliceMs: 0 });
    for (const start of [OLD, OLDER]) store(start);
    rollups.recounted.length = 0;
    await rollUp.finish();
    expect(rollups.recounted).toEqual([OLD, OLDER]);
  });

  it('keeps its hours when the store fails, and tries another one first the next time', async () => {
    for (const start of [OLD, OLDER]) store(start);
    rollups.failure = new StoreUnavailable();
    await expect(rollUp.run()).rejects.toBe(rollups.failure);
    expect(rollUp.hoursWaiting).toBe(2);
    rollups.failure = undefined;
    expect(await recounted()).toEqual([OLDER, OLD]);
  });

  it('keeps its hours while another process holds the roll-ups', async () => {
    store(OLD);
    rollups.isBusy = true;
    expect(await recounted()).toEqual([]);
    rollups.isBusy = false;
    expect(await recounted()).toEqual([OLD]);
  });

  it('recounts again what was stored while the hour was being counted', async () => {
    store(OLD);
    rollups.meanwhile = () => {
      store(OLD);
      return Promise.resolve();
    };
    expect(await recounted()).toEqual([OLD]);
    expect(rollUp.hoursWaiting).toBe(1);
  });

  it('leaves hours alone whose documents the retention may have removed', async () => {
    begin({ retentionDays: 1 });
    expect((await recounted()).at(-1)).toEqual(hour('2026-11-20T07'));
    store(OLD);
    store(hour('2026-11-20T06'));
    store(hour('2026-11-20T07'));
    expect(await recounted()).toEqual([hour('2026-11-20T07')]);
    expect(rollUp.hoursWaiting).toBe(0);
  });
});
