import { setTimeout as sleep } from 'node:timers/promises';
import { Coverage, IndexPass, type PassOptions } from './index-pass';
import type { VectorIndex } from './vector-index';
import type { VectorSource } from './vector-source';

/** Between two passes it rests nine times as long as the first took, of which a half was rest too. */
const REST_PER_WORK = 9;
const MIN_REST_MS = { latest: 1_000, sweep: 10_000 };

/** How far back the latest captures are looked through again: for so long a record may be under way. */
const UNDER_WAY_MS = 120_000;

/** How often a sweep reads every document for its acceptance: without, what was replaced stays unseen. */
const ACCEPTANCE_EVERY_MS = 3_600_000;

type Kind = 'latest' | 'sweep';

/** What a pass over the database led to. */
export interface PassReport {
  readonly kind: Kind;
  readonly vectors: number;
  readonly bytes: number;
  readonly ms: number;
  readonly error?: Error;
}

/**
 * Keeps the index up with the database by listing what is there: short passes over the latest captures, and sweeps
 * over all for what came late and what is gone. Both happen on demand, and take at most a tenth of the time.
 */
export class IndexKeeper {
  readonly coverage = new Coverage();
  private passes = 0;
  private firstSweepAt: Date | undefined;
  private sweptAt: Date | undefined;
  private latestFromMs: number;
  private acceptanceDueMs: number;
  private readonly running: Record<Kind, Promise<void> | undefined> = { latest: undefined, sweep: undefined };
  private readonly dueMs: Record<Kind, number> = { latest: 0, sweep: 0 };

  constructor(
    private readonly index: VectorIndex,
    private readonly source: () => VectorSource,
    private readonly report: (report: PassReport) => void,
  ) {
    this.latestFromMs = Date.now() - UNDER_WAY_MS;
    this.acceptanceDueMs = Date.now() + ACCEPTANCE_EVERY_MS;
  }

  /** What was stored before is in the index as far as that covers: the last sweep that came to its end began then. */
  get asOf(): Date | undefined {
    return this.sweptAt ?? this.firstSweepAt;
  }

  /** Starts what is due; resolves once the latest captures are looked through, or could not be. */
  async refresh(): Promise<void> {
    for (const kind of ['latest', 'sweep'] as const) {
      if (this.running[kind] ?? Date.now() < this.dueMs[kind]) continue;
      this.running[kind] = this.run(kind).finally(() => (this.running[kind] = undefined));
    }
    await this.running.latest;
  }

  /** Resolves once no pass is under way. */
  async settled(): Promise<void> {
    await Promise.all([this.running.latest, this.running.sweep]);
  }

  private async run(kind: Kind): Promise<void> {
    const startedAt = new Date();
    if (kind === 'sweep') this.firstSweepAt ??= startedAt;
    let error: Error | undefined;
    try {
      await new IndexPass(this.index, this.coverage, this.source(), this.options(kind, startedAt)).run();
      this.done(kind, startedAt);
    } catch (cause) {
      error = cause as Error;
    }
    const ms = Date.now() - startedAt.getTime();
    this.dueMs[kind] = Date.now() + Math.max(MIN_REST_MS[kind], REST_PER_WORK * ms);
    const { size: vectors, bytes } = this.index;
    this.report({ kind, vectors, bytes, ms, ...(error && { error }) });
  }

  private options(kind: Kind, startedAt: Date): PassOptions {
    const isSweep = kind === 'sweep';
    return {
      number: ++this.passes,
      lastNumber: () => this.passes,
      whole: { afterMs: isSweep ? -Infinity : this.latestFromMs, untilMs: Infinity },
      detail: isSweep && startedAt.getTime() >= this.acceptanceDueMs ? 'accepted' : 'captured',
      isSweep,
      nowMs: startedAt.getTime(),
      rest: pacer(),
    };
  }

  private done(kind: Kind, startedAt: Date): void {
    if (kind === 'latest') {
      this.latestFromMs = startedAt.getTime() - UNDER_WAY_MS;
      return;
    }
    this.sweptAt = startedAt;
    if (startedAt.getTime() >= this.acceptanceDueMs) {
      this.acceptanceDueMs = startedAt.getTime() + ACCEPTANCE_EVERY_MS;
    }
  }
}

/** Rests after each piece of work for as long as that took. */
function pacer(): () => Promise<void> {
  let sinceMs = performance.now();
  return async () => {
    await sleep(performance.now() - sinceMs);
    sinceMs = performance.now();
  };
}
