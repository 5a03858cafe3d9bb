import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { RollUpHours, StoreUnavailable } from '@libs/domain';
import { FixedClock, InMemoryHourlyRollups, InMemoryMetadataStore } from '@libs/domain/testing';
import { NestLogger } from '@libs/platform';
import { RollupSchedule } from './rollup-schedule';
import {
  ROLLUP_DURATION_METRIC,
  ROLLUP_FAILURES_METRIC,
  ROLLUP_HOURS_METRIC,
  RollupTelemetry,
} from './rollup-telemetry';

const INTERVAL_MS = 20;
const SWEPT_HOURS = 49;
const OLD = new Date('2026-01-01T00:00:00.000Z');

describe(RollupSchedule.name, () => {
  let rollups: InMemoryHourlyRollups;
  let hours: RollUpHours;
  let schedule: RollupSchedule;
  let registry: Registry;
  const runsBeginning: number[] = [];
  const value = async (metric: string): Promise<number | undefined> =>
    (await registry.getSingleMetric(metric)?.get())?.values[0]?.value;
  const until = async (isTrue: () => boolean): Promise<void> => {
    for (let tries = 0; !isTrue() && tries < 500; tries++) await sleep(10);
    expect(isTrue()).toBe(true);
  };

  beforeEach(() => {
    rollups = new InMemoryHourlyRollups(new InMemoryMetadataStore());
    hours = new RollUpHours(rollups, new FixedClock(new Date('2026-11-21T05:40:00.000Z')), {
      sliceMs: 1_000,
    });
    registry = new Registry();
    const registers = [registry];
    const telemetry = new RollupTelemetry(
      new Histogram({ ...ROLLUP_DURATION_METRIC, registers }),
      new Gauge({ ...ROLLUP_HOURS_METRIC, registers }),
      new Counter({ ...ROLLUP_FAILURES_METRIC, registers }),
      new NestLogger(pino({ level: 'silent' })),
    );
    schedule = new RollupSchedule(hours, INTERVAL_MS, telemetry);
    runsBeginning.length = 0;
  });
  afterEach(() => schedule.stop());

  it('recounts again and again what was stored in between', async () => {
    schedule.start();
    await until(() => rollups.recounted.length === SWEPT_HOURS);
    hours.noteOutcome(OLD, { kind: 'stored' });
    await until(() => rollups.recounted.at(-1)?.getTime() === OLD.getTime());
  });

  it('keeps its hours while the store fails, says so, and tries again', async () => {
    rollups.failure = new StoreUnavailable();
    schedule.start();
    await sleep(INTERVAL_MS * 3);
    expect(await value('rollup_failures_total')).toBeGreaterThan(0);
    expect(await value('rollup_hours_waiting')).toBe(SWEPT_HOURS);
    rollups.failure = undefined;
    await until(() => rollups.recounted.length === SWEPT_HOURS);
  });

  it('rests nine times as long as a run took', async () => {
    rollups.meanwhile = async () => {
      hours.noteOutcome(OLD, { kind: 'stored' });
      if (rollups.recounted.length === SWEPT_HOURS) await sleep(30);
      if (rollups.recounted.at(-1)?.getTime() === OLD.getTime()) runsBeginning.push(performance.now());
    };
    schedule.start();
    await until(() => rollups.recounted.length === SWEPT_HOURS);
    const busyUntil = performance.now();
    await until(() => runsBeginning.length > 0);
    expect(runsBeginning[0]! - busyUntil).toBeGreaterThan(30 * 9);
  });

  it('recounts what was touched before it stops, and nothing after', async () => {
    schedule.start();
    hours.noteOutcome(OLD, { kind: 'stored' });
    await schedule.stop();
    expect(rollups.recounted).toEqual([OLD]);
    await sleep(INTERVAL_MS * 3);
    expect(rollups.recounted).toEqual([OLD]);
  });

  it('does not wait for a run that hangs when it is told to stop', async () => {
    let wake = (): void => undefined;
    rollups.meanwhile = () => new Promise<void>((resolve) => (wake = resolve));
    schedule.start();
    await until(() => rollups.recounted.length === 1);
    await schedule.stop();
    expect(rollups.recounted).toHaveLength(1);
    rollups.meanwhile = () => Promise.resolve();
    wake();
  });
});
