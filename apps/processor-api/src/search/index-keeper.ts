import { setTimeout as sleep } from 'node:timers/promises';
import type { IndexProgress } from '@libs/domain';
import type { ListedDocument, VectorIndex } from '@libs/vector-index';
import type { CaptureWindow, VectorSource } from './vector-source';

/** Vectors fetched at once: 1 MiB of 2048 values. */
const FETCH_COUNT = 128;

/** After each piece of work a pass rests so many times as long as that took; a search waits for the latest captures. */
const REST_PER_PIECE = { latest: 1, sweep: 3 };
/** Between two passes it rests nine times as long as the one before took. */
const REST_PER_PASS = 9;
const MIN_REST_MS = { latest: 1_000, sweep: 10_000 };

/** How far back the latest captures are looked through again: for so long a record may be under way. */
const UNDER_WAY_MS = 120_000;
/** Further back a sweep looks for them. */
const MAX_LATEST_MS = 600_000;
/** Width of the windows that the latest captures are listed in: some databases gather a window before they answer. */
const WINDOW_MS = 30_000;

/** A database that is loaded within this time is waited for. */
const SHORT_LOAD_MS = 2_000;

type Kind = 'latest' | 'sweep';

/** What the index holds, and the memory for it. */
export interface IndexReport extends IndexProgress {
  readonly bytes: number;
}

export interface KeeperListener {
  onProgress(report: IndexReport): void;
  onFailure(pass: { readonly kind: Kind; readonly ms: number }, error: Error): void;
}

/**
 * Loads the index and keeps it up with the database: sweeps over all documents in the order of ids, for what came late,
 * was replaced or is gone, and short passes over the latest captures. A sweep that fails goes on later where it was. The
 * first one loads the index and is tried until it is done; later passes happen on demand.
 */
export class IndexKeeper {
  private readonly running: Record<Kind, Promise<void> | undefined> = { latest: undefined, sweep: undefined };
  private readonly dueMs: Record<Kind, number> = { latest: 0, sweep: 0 };
  private readonly faults: Record<Kind, Error | undefined> = { latest: undefined, sweep: undefined };
  private latestFromMs = Date.now() - UNDER_WAY_MS;

  /** The sweep that is under way or comes next. */
  private sweepNumber = 1;
  private sweepStartedAt: Date | undefined;
  /** Where it goes on. */
  private afterId: string | undefined;
  private met = 0;

  private documents = 0;
  private sweptAt: Date | undefined;
  /** The oldest capture that the last sweep had to leave out. */
  private sweptAfterMs = Infinity;

  constructor(
    private readonly index: VectorIndex,
    private readonly source: () => VectorSource,
    private readonly listener: KeeperListener,
  ) {}

  /** What was stored before is in the index, as far as it covers that: the last sweep that came to its end began then. */
  get asOf(): Date | undefined {
    return this.sweptAt ?? this.sweepStartedAt;
  }

  /** Every document captured later is in the index. */
  get coveredAfterMs(): number {
    return Math.max(this.sweptAfterMs, this.index.floorMs);
  }

  /** Why the last pass failed, while none of its kind succeeded since. */
  get fault(): Error | undefined {
    return this.faults.latest ?? this.faults.sweep;
  }

  get report(): IndexReport {
    const { size: vectors, bytes } = this.index;
    const isLoaded = this.sweptAt !== undefined;
    return { isLoaded, vectors, documents: Math.max(this.documents, this.met), bytes };
  }

  /**
   * Starts what is due; resolves once the latest captures are looked through, and in the first seconds of loading all
   * others too. A pass that fails ends the wait as well.
   */
  async refresh(): Promise<void> {
    for (const kind of ['latest', 'sweep'] as const) {
      if (this.running[kind] ?? Date.now() < this.dueMs[kind]) continue;
      this.running[kind] = this.run(kind).finally(() => (this.running[kind] = undefined));
    }
    await this.running.latest;
    const sweptForMs = Date.now() - (this.sweepStartedAt?.getTime() ?? 0);
    if (!this.sweptAt && sweptForMs < SHORT_LOAD_MS) await this.running.sweep;
  }

  /** Resolves once no pass is under way. */
  async settled(): Promise<void> {
    await Promise.all([this.running.latest, this.running.sweep]);
  }

  private async run(kind: Kind): Promise<void> {
    const startedMs = Date.now();
    // Loading takes long for the vectors it fetches; the next sweep tells how long looking takes.
    const isLoading = kind === 'sweep' && !this.sweptAt;
    let restMs = MIN_REST_MS[kind];
    try {
      await (kind === 'latest' ? this.lookAtLatest(startedMs) : this.sweep());
      this.faults[kind] = undefined;
      if (!isLoading) restMs = Math.max(restMs, REST_PER_PASS * (Date.now() - startedMs));
    } catch (error) {
      this.faults[kind] = error as Error;
      this.listener.onFailure({ kind, ms: Date.now() - startedMs }, error as Error);
      // Nobody may ask again for long: loading goes on by itself.
      if (!this.sweptAt) setTimeout(() => void this.refresh(), restMs).unref();
    }
    this.dueMs[kind] = Date.now() + restMs;
    this.listener.onProgress(this.report);
  }

  private async lookAtLatest(nowMs: number): Promise<void> {
    const rest = pacer(REST_PER_PIECE.latest);
    const source = this.source();
    for (const window of windowsBack(Math.max(this.latestFromMs, nowMs - MAX_LATEST_MS), nowMs)) {
      for await (const listed of source.captured(window)) await this.takeIn(listed, source, rest);
      await rest();
    }
    this.latestFromMs = nowMs - UNDER_WAY_MS;
  }

  private async sweep(): Promise<void> {
    const rest = pacer(REST_PER_PIECE.sweep);
    const source = this.source();
    if (!this.sweptAt) this.documents = await source.count();
    if (this.afterId === undefined) {
      this.sweepStartedAt = new Date();
      this.met = 0;
      this.index.makeUseOfRoom();
    }
    for await (const listed of source.list(this.afterId)) {
      await this.takeIn(listed, source, rest);
      this.afterId = listed.at(-1)?.eventId ?? this.afterId;
      this.met += listed.length;
      await rest();
    }
    this.index.dropUnmet(this.sweepNumber);
    this.sweepNumber += 1;
    this.afterId = undefined;
    this.documents = this.met;
    this.sweptAfterMs = this.index.floorMs;
    this.sweptAt = this.sweepStartedAt;
  }

  /** Fetches what the index lacks of these documents. */
  private async takeIn(
    listed: readonly ListedDocument[],
    source: VectorSource,
    rest: () => Promise<void>,
  ): Promise<void> {
    const lacking = listed.filter((document) => this.index.lacks(document, this.sweepNumber));
    for (let at = 0; at < lacking.length; at += FETCH_COUNT) {
      const ids = lacking.slice(at, at + FETCH_COUNT).map(({ eventId }) => eventId);
      this.index.addAll(await source.vectors(ids), this.sweepNumber);
      this.listener.onProgress(this.report);
      await rest();
    }
  }
}

/** From `fromMs` on, the newest first; a clock that is ahead captures after `nowMs`. */
function* windowsBack(fromMs: number, nowMs: number): Generator<CaptureWindow> {
  let untilMs = Infinity;
  for (let afterMs = nowMs - WINDOW_MS; afterMs > fromMs; afterMs -= WINDOW_MS) {
    yield { afterMs, untilMs };
    untilMs = afterMs;
  }
  yield { afterMs: fromMs, untilMs };
}

/** Rests after each piece of work for so many times as long as that took. */
function pacer(restPerPiece: number): () => Promise<void> {
  let sinceMs = performance.now();
  return async () => {
    await sleep(restPerPiece * (performance.now() - sinceMs));
    sinceMs = performance.now();
  };
}
