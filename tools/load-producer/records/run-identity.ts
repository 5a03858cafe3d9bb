import { randomInt } from 'node:crypto';

const RUN_BITS = 26;
const LOW_BITS = 14;
const INDEX_DIGITS = 12;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7([0-9a-f]{3})-([89ab][0-9a-f]{3})-([0-9a-f]{12})$/;

export interface RunTerms {
  readonly seed: number;
  /** Records a second. */
  readonly rate: number;
  /** When record 0 arrives, Unix time. */
  readonly startedAtMs: number;
  /** Tells this run's ids from those of all others, 26 bits. */
  readonly run?: number;
}

/**
 * What makes a run's records reproducible: each is a function of the run and its index, so that it can be made once
 * more for a retry or a comparison, and nothing of it need be kept.
 */
export class RunIdentity {
  readonly seed: number;
  readonly run: number;
  /** When record 0 arrives, Unix time; it is set before the first is made that is sent. */
  startedAtMs: number;
  private readonly rate: number;

  constructor({ seed, rate, startedAtMs, run = randomInt(2 ** RUN_BITS) }: RunTerms) {
    this.seed = seed;
    this.run = run;
    this.startedAtMs = startedAtMs;
    this.rate = rate;
  }

  /** The run as texts name it. */
  get name(): string {
    return this.run.toString(16).padStart(7, '0');
  }

  /** When a record arrives, Unix time in whole milliseconds. */
  arrivalMs(index: number): number {
    return Math.floor(this.startedAtMs + (index * 1_000) / this.rate);
  }

  /** A UUIDv7 (RFC 9562, section 5.7) of the arrival's time whose random bits are the run and the index. */
  eventId(index: number): string {
    const time = this.arrivalMs(index).toString(16).padStart(12, '0');
    const high = (this.run >>> LOW_BITS).toString(16).padStart(3, '0');
    const low = (0x8000 | (this.run & (2 ** LOW_BITS - 1))).toString(16);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${high}-${low}-${index.toString(16).padStart(INDEX_DIGITS, '0')}`;
  }

  /** The index of a record of this run; undefined for the id of any other. */
  indexOf(eventId: string): number | undefined {
    const digits = ID.exec(eventId)?.[3];
    if (digits === undefined) return undefined;
    const index = Number.parseInt(digits, 16);
    return this.eventId(index) === eventId ? index : undefined;
  }
}
