import { CaptureWindows, type CaptureWindow } from './capture-windows';
import type { VectorIndex } from './vector-index';
import type { ListDetail, ListedDocument, VectorDocument, VectorSource } from './vector-source';

/** Vectors fetched at once: 1 MiB of 2048 values. */
const FETCH_COUNT = 128;

export interface PassOptions {
  /** Greater than that of every pass before. */
  readonly number: number;
  /** That of the pass which began last: what this pass meets, no other that is under way may let go. */
  readonly lastNumber: () => number;
  readonly whole: CaptureWindow;
  readonly detail: ListDetail;
  /** A sweep moves the coverage; another pass does not go through all. */
  readonly isSweep: boolean;
  readonly nowMs: number;
  /** Called after each piece of work; resolves when the next may begin. */
  readonly rest: () => Promise<void>;
}

/** From which capture on the index holds every document; what is older is looked for in the database. */
export class Coverage {
  private coveredMs = Infinity;
  /** The latest capture that was given up since the sweep began. */
  private givenUpMs = -Infinity;

  /** Documents captured later are in the index. */
  get afterMs(): number {
    return this.coveredMs;
  }

  sweepBegins(): void {
    this.givenUpMs = -Infinity;
  }

  /** The sweep has looked at everything captured later. */
  reached(afterMs: number): void {
    this.coveredMs = Math.max(Math.min(this.coveredMs, afterMs), this.givenUpMs);
  }

  /** A document had to go, or could not be taken in. */
  gaveUp(capturedAtMs: number): void {
    this.givenUpMs = Math.max(this.givenUpMs, capturedAtMs);
    this.coveredMs = Math.max(this.coveredMs, capturedAtMs);
  }
}

/**
 * Looks once through a part of the database, the newest captures first: takes in what is new, lets go what is gone.
 * When memory is used up it lets go the oldest that it has not met, and ends where there is nothing older to let go.
 */
export class IndexPass {
  constructor(
    private readonly index: VectorIndex,
    private readonly coverage: Coverage,
    private readonly source: VectorSource,
    private readonly options: PassOptions,
  ) {}

  /** @throws ReadTimeout, StoreUnavailable — what was taken in stays */
  async run(): Promise<void> {
    const { whole, nowMs, detail, isSweep, rest } = this.options;
    if (isSweep) this.coverage.sweepBegins();
    const windows = new CaptureWindows(whole, nowMs);
    for (let window = windows.next(); window; window = windows.next()) {
      const listed: ListedDocument[] = [];
      for await (const portion of this.source.list(window, detail)) listed.push(...portion);
      windows.found(listed.length);
      if (!(await this.takeIn(listed))) break;
      if (isSweep) this.coverage.reached(window.afterMs);
      await rest();
    }
    this.letGo();
  }

  /** False when memory ended before all was in. */
  private async takeIn(listed: readonly ListedDocument[]): Promise<boolean> {
    const unknown = listed.filter((document) => !this.recognise(document));
    unknown.sort((a, b) => b.capturedAtMs - a.capturedAtMs);
    for (let at = 0; at < unknown.length; at += FETCH_COUNT) {
      const portion = unknown.slice(at, at + FETCH_COUNT);
      const documents = await this.source.vectors(portion.map(({ eventId }) => eventId));
      const isRoom = this.index.hasRoomFor(documents) || this.makeRoom(documents);
      const refused = isRoom ? this.index.addAll(documents, this.options.lastNumber()) : documents;
      if (refused.length > 0) {
        this.coverage.gaveUp(portion[0]!.capturedAtMs);
        return false;
      }
      await this.options.rest();
    }
    return true;
  }

  /** Marks a document as met; false when the index does not hold it as it is. */
  private recognise({ eventId, capturedAtMs, acceptedAtMs }: ListedDocument): boolean {
    const known = this.index.get(eventId);
    if (known?.capturedAtMs !== capturedAtMs) return false;
    if (acceptedAtMs !== undefined && acceptedAtMs !== known.acceptedAtMs) return false;
    known.seenIn = this.options.lastNumber();
    return true;
  }

  /** Lets go the oldest captures that this pass has not met, until there is room. */
  private makeRoom(documents: readonly VectorDocument[]): boolean {
    const unmet = [...this.index.values()].filter(({ seenIn }) => seenIn < this.options.number);
    unmet.sort((a, b) => a.capturedAtMs - b.capturedAtMs);
    for (const { eventId, capturedAtMs } of unmet) {
      this.coverage.gaveUp(capturedAtMs);
      this.index.remove(eventId);
      if (this.index.hasRoomFor(documents)) return true;
    }
    return false;
  }

  private letGo(): void {
    const { number, whole } = this.options;
    const gone = [...this.index.values()].filter(
      ({ seenIn, capturedAtMs }) =>
        seenIn < number && capturedAtMs > whole.afterMs && capturedAtMs <= whole.untilMs,
    );
    for (const { eventId } of gone) this.index.remove(eventId);
  }
}
