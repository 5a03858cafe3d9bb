import type { ScenarioResult } from '../scenarios/scenario';
import type { FigureName } from './figure-titles';
import { medianAt, type Place } from './median-at';

/** A ratio of medians, or a median where there is nothing to divide by, and what it is to be. */
export interface Goal {
  readonly measure: string;
  readonly of: Place;
  readonly to?: Place;
  /** None: it is only told. */
  readonly atLeast?: number;
  readonly atMost?: number;
}

const rate = 'recordsPerSecond';
const bento = 'Bento, JSON';
const connect = 'Kafka Connect, mongo-kafka';
const ours = (form: string, figure: FigureName = rate): Place => ({
  scenario: `ingest-${form}`,
  contestant: `ours, ${form}`,
  figure,
});
const sink = (contestant: string, figure: FigureName = rate): Place => ({
  scenario: 'sink',
  contestant,
  figure,
});
const ceiling = (form: string): Place => ({
  scenario: 'ceiling',
  contestant: `parse and check, ${form}`,
  figure: 'processorMs',
});
const apiAfter = (records: number): Place => ({
  scenario: 'growth-memory',
  contestant: `${records} records`,
  figure: 'rssMib',
});
const latency = (figure: FigureName): Place => ({
  scenario: 'latency',
  contestant: 'POST → stored',
  figure,
});

export const goals: readonly Goal[] = [
  {
    measure: 'ingest, JSON ÷ Bento',
    of: ours('json'),
    to: { ...ours('json'), contestant: bento },
    atLeast: 1.5,
  },
  {
    measure: 'ingest, packed ÷ Bento',
    of: ours('packed'),
    to: { ...ours('packed'), contestant: bento },
    atLeast: 3,
  },
  {
    measure: 'ingest, batches ÷ Bento',
    of: ours('batch'),
    to: { ...ours('batch'), contestant: bento },
    atLeast: 4,
  },
  {
    measure: 'ingest, batches ÷ producer-perf-test',
    of: ours('batch'),
    to: { ...ours('batch'), contestant: 'producer-perf-test' },
    atLeast: 0.7,
  },
  { measure: 'sink ÷ Kafka Connect', of: sink('ours'), to: sink(connect), atLeast: 1.5 },
  { measure: 'sink ÷ bare loop', of: sink('ours'), to: sink('bare loop of bulk writes'), atLeast: 0.85 },
  {
    measure: 'memory, worker ÷ Kafka Connect',
    of: sink('ours', 'peakRssMib'),
    to: sink(connect, 'peakRssMib'),
    atMost: 0.25,
  },
  {
    measure: 'memory, API ÷ Bento',
    of: ours('json', 'rssMib'),
    to: { ...ours('json', 'rssMib'), contestant: bento },
  },
  {
    measure: 'memory of the API, four times the records ÷ once',
    of: apiAfter(800_000),
    to: apiAfter(200_000),
    atMost: 1.1,
  },
  { measure: 'POST → stored at 200 records/s, p50 ms', of: latency('p50Ms'), atMost: 15 },
  { measure: 'POST → stored at 200 records/s, p99 ms', of: latency('p99Ms'), atMost: 60 },
  {
    measure: 'CPU of ingest ÷ parse and check alone, JSON',
    of: ours('json', 'processorMs'),
    to: ceiling('JSON'),
  },
  {
    measure: 'CPU of ingest ÷ parse and check alone, packed',
    of: ours('packed', 'processorMs'),
    to: ceiling('packed'),
  },
];

/** What a goal comes to; undefined where it was not measured. */
export function reached({ of, to }: Goal, results: readonly ScenarioResult[]): number | undefined {
  const value = medianAt(of, results) / (to ? medianAt(to, results) : 1);
  return Number.isNaN(value) ? undefined : value;
}
