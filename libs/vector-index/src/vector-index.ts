import type { MetadataFilter } from '@libs/domain';
import { BestBounds, type Candidate } from './best-bounds';
import { CodeMemory } from './code-memory';
import { Interned } from './interned';
import { rotatedUnit, VectorTable, type Placed } from './vector-table';

/** A document as far as it is searched by. */
export interface VectorDocument {
  readonly eventId: string;
  readonly capturedAtMs: number;
  readonly acceptedAtMs: number;
  readonly model: string;
  readonly deviceName: string;
  readonly tags: readonly string[];
  readonly embedding: Float32Array;
}

/** What tells whether a document is new, or was replaced. */
export type ListedDocument = Pick<VectorDocument, 'eventId' | 'capturedAtMs' | 'acceptedAtMs'>;

/** What a row is filtered by, as numbers of interned values. */
interface Labels {
  readonly model: number;
  readonly deviceName: number;
  readonly tags: number;
}

/** A document in the index. */
export interface IndexedVector extends Labels, Placed {
  readonly eventId: string;
  readonly capturedAtMs: number;
  readonly acceptedAtMs: number;
  /** Undefined for a vector without direction: it is known, and never found. */
  readonly table: VectorTable<IndexedVector> | undefined;
  /** The last sweep over the database in which it was met. */
  metIn: number;
}

export interface IndexQuery {
  readonly embedding: Float32Array;
  readonly k: number;
  readonly filter: MetadataFilter;
}

export interface Candidates {
  /** Everything that can be among the k nearest, the greatest upper bound first. */
  readonly candidates: readonly Candidate[];
  /** Vectors that were compared. */
  readonly scanned: number;
}

/** A row without its codes and figures: object, id, its entry in a map that was just doubled, its slot on a page. */
const ROW_BYTES = 300;

/** A table of one dimension without its centre and its pages. */
const TABLE_BYTES = 1_000;

/** Of what is held, how much goes at once where memory is used up. */
const DROPPED_PART = 1 / 20;
/** With less than this part of the memory used there is room for what was left out. */
const ROOMY_PART = 0.75;

/** How many of the first vectors of a dimension make its centre. */
const CENTRE_SAMPLE = 256;

/** Vectors in memory, one byte for each value, with what they are filtered by. */
export class VectorIndex {
  private readonly memory = new CodeMemory();
  private readonly tables = new Map<number, VectorTable<IndexedVector>>();
  private readonly rows = new Map<string, IndexedVector>();
  private readonly models = new Interned<string>();
  private readonly deviceNames = new Interned<string>();
  private readonly tags = new Interned<readonly string[]>();
  private centreBytes = 0;
  private leftOutUntilMs = -Infinity;

  constructor(readonly maxBytes: number) {}

  get size(): number {
    return this.rows.size;
  }

  /** Memory of what is held, and of pages that are free. */
  get bytes(): number {
    const values = this.models.bytes + this.deviceNames.bytes + this.tags.bytes;
    return this.memory.bytes + this.centreBytes + values + ROW_BYTES * this.rows.size;
  }

  /** Documents captured then or before are left out: there was no memory for some of them. */
  get floorMs(): number {
    return this.leftOutUntilMs;
  }

  get(eventId: string): IndexedVector | undefined {
    return this.rows.get(eventId);
  }

  /** Whether this document is to be added, because it is new or was replaced. Notes that the sweep met it. */
  lacks({ eventId, capturedAtMs, acceptedAtMs }: ListedDocument, sweep: number): boolean {
    const row = this.rows.get(eventId);
    if (row && row.acceptedAtMs >= acceptedAtMs) {
      row.metIn = sweep;
      return false;
    }
    if (capturedAtMs > this.floorMs) return true;
    this.remove(eventId);
    return false;
  }

  /** Adds or replaces documents that the sweep met; where memory is used up the newest captures stay. */
  addAll(documents: readonly VectorDocument[], sweep: number): void {
    const units = documents.map(({ embedding }) => rotatedUnit(embedding));
    for (const [at, document] of documents.entries()) {
      this.remove(document.eventId);
      if (document.capturedAtMs > this.floorMs) this.add(document, sweep, units.slice(at));
    }
  }

  remove(eventId: string): void {
    const row = this.rows.get(eventId);
    if (!row) return;
    this.rows.delete(eventId);
    this.release(row);
    if (!row.table) return;
    row.table.remove(row);
    this.dropIfEmpty(row.table);
  }

  /** Drops what the sweep, which is over, did not meet. */
  dropUnmet(sweep: number): void {
    for (const { eventId, metIn } of [...this.rows.values()]) if (metIn < sweep) this.remove(eventId);
  }

  /** Lets in again what was left out, where much of what was held is gone. */
  makeUseOfRoom(): void {
    if (this.bytes - this.memory.freeBytes < ROOMY_PART * this.maxBytes) this.leftOutUntilMs = -Infinity;
  }

  /** What can be among the k nearest of the documents held. */
  candidates({ embedding, k, filter }: IndexQuery): Candidates {
    const query = rotatedUnit(embedding);
    const table = this.tables.get(embedding.length);
    if (!query || !table) return { candidates: [], scanned: 0 };
    const best = new BestBounds(k);
    const scanned = table.compare(query, this.meant(filter), (row, estimate, radius) => {
      best.offer(row.eventId, estimate, radius);
    });
    return { candidates: best.candidates(), scanned };
  }

  /** Adds a document; `units` are its own vector and those that come with it. */
  private add(document: VectorDocument, sweep: number, units: readonly (Float64Array | undefined)[]): void {
    const { eventId, capturedAtMs, acceptedAtMs } = document;
    const [unit] = units;
    const labels = this.labelsOf(document);
    if (this.makeRoom(capturedAtMs, unit?.length)) {
      const table = unit && this.tableFor(unit.length, units);
      const row = { eventId, capturedAtMs, acceptedAtMs, ...labels, table, metIn: sweep, place: 0 };
      if (!table || table.add(row, unit)) {
        this.rows.set(eventId, row);
        return;
      }
      // The system has less memory than it may use.
      this.dropIfEmpty(table);
      this.leaveOut(capturedAtMs);
    }
    this.release(labels);
  }

  /** Drops the oldest captures until a vector fits in; false where it is among the oldest itself. */
  private makeRoom(capturedAtMs: number, dimension: number | undefined): boolean {
    while (this.bytes + this.bytesOfNext(dimension) > this.maxBytes) {
      const byAge = [...this.rows.values()].sort((a, b) => a.capturedAtMs - b.capturedAtMs);
      const dropped = byAge.slice(0, Math.ceil(byAge.length * DROPPED_PART));
      for (const { eventId } of dropped) this.remove(eventId);
      this.leaveOut(dropped.at(-1)?.capturedAtMs ?? capturedAtMs);
      if (capturedAtMs <= this.floorMs) return false;
    }
    return true;
  }

  private leaveOut(untilMs: number): void {
    this.leftOutUntilMs = Math.max(this.leftOutUntilMs, untilMs);
  }

  /** What one more row takes: with a direction it may need a page, and the first of a dimension needs a centre. */
  private bytesOfNext(dimension: number | undefined): number {
    if (dimension === undefined) return ROW_BYTES;
    const table = this.tables.get(dimension);
    const pageBytes = table && !table.isFull ? 0 : this.memory.bytesOfNext;
    return ROW_BYTES + pageBytes + (table ? 0 : bytesOfCentre(dimension));
  }

  private labelsOf({ model, deviceName, tags }: VectorDocument): Labels {
    const sorted = [...new Set(tags)].sort();
    return {
      model: this.models.hold(model, model),
      deviceName: this.deviceNames.hold(deviceName, deviceName),
      tags: this.tags.hold(JSON.stringify(sorted), sorted),
    };
  }

  private release({ model, deviceName, tags }: Labels): void {
    this.models.release(model);
    this.deviceNames.release(deviceName);
    this.tags.release(tags);
  }

  private tableFor(
    dimension: number,
    units: readonly (Float64Array | undefined)[],
  ): VectorTable<IndexedVector> {
    const known = this.tables.get(dimension);
    if (known) return known;
    const sample = units.filter((unit) => unit?.length === dimension).slice(0, CENTRE_SAMPLE);
    const centre = new Float64Array(dimension);
    for (const unit of sample) unit!.forEach((value, i) => (centre[i]! += value / sample.length));
    const table = new VectorTable<IndexedVector>(dimension, centre, this.memory);
    this.tables.set(dimension, table);
    this.centreBytes += bytesOfCentre(dimension);
    return table;
  }

  private dropIfEmpty({ size, dimension }: VectorTable<IndexedVector>): void {
    if (size > 0) return;
    this.tables.delete(dimension);
    this.centreBytes -= bytesOfCentre(dimension);
  }

  private meant(filter: MetadataFilter): (row: IndexedVector) => boolean {
    const { model, deviceName, tag, from, to } = filter;
    const isModel = model === undefined ? undefined : this.models.passing((value) => value === model);
    const isDevice =
      deviceName === undefined ? undefined : this.deviceNames.passing((value) => value === deviceName);
    const hasTag = tag === undefined ? undefined : this.tags.passing((values) => values.includes(tag));
    const fromMs = from?.getTime() ?? -Infinity;
    const toMs = to?.getTime() ?? Infinity;
    return (row) =>
      row.capturedAtMs >= fromMs &&
      row.capturedAtMs < toMs &&
      (isModel === undefined || isModel[row.model] === 1) &&
      (isDevice === undefined || isDevice[row.deviceName] === 1) &&
      (hasTag === undefined || hasTag[row.tags] === 1);
  }
}

function bytesOfCentre(dimension: number): number {
  return dimension * Float64Array.BYTES_PER_ELEMENT + TABLE_BYTES;
}
