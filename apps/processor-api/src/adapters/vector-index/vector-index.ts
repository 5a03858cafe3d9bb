import type { MetadataFilter } from '@libs/domain';
import { BestBounds, type Candidate } from './best-bounds';
import { CodeMemory } from './code-memory';
import { Interned } from './interned';
import type { VectorDocument } from './vector-source';
import { rotatedUnit, strideOf, VectorTable } from './vector-table';

/** A document in the index. */
export interface IndexedVector {
  readonly eventId: string;
  readonly capturedAtMs: number;
  readonly acceptedAtMs: number;
  readonly model: number;
  readonly deviceName: number;
  readonly tags: number;
  /** Undefined for a vector without direction: it is known, and never found. */
  readonly table: VectorTable<IndexedVector> | undefined;
  readonly bytes: number;
  /** The last pass over the database that met it. */
  seenIn: number;
}

export interface IndexQuery {
  readonly embedding: Float32Array;
  readonly k: number;
  readonly filter: MetadataFilter;
  /** Only documents captured later are meant. */
  readonly capturedAfterMs: number;
}

export interface Candidates {
  /** Everything that can be among the k nearest, the greatest upper bound first. */
  readonly candidates: readonly Candidate[];
  /** Vectors that were compared. */
  readonly scanned: number;
}

/** A row without its codes: object, id, its places in two maps and the four figures. */
const ROW_BYTES = 300;

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
  private rowBytes = 0;

  constructor(readonly maxBytes: number) {}

  get size(): number {
    return this.rows.size;
  }

  /** Memory of what is held. */
  get bytes(): number {
    return this.rowBytes + this.models.bytes + this.deviceNames.bytes + this.tags.bytes;
  }

  get(eventId: string): IndexedVector | undefined {
    return this.rows.get(eventId);
  }

  values(): Iterable<IndexedVector> {
    return this.rows.values();
  }

  /** Whether documents with embeddings of this dimension fit in besides. */
  hasRoomFor(documents: readonly VectorDocument[]): boolean {
    const needed = documents.reduce((sum, { embedding }) => sum + bytesOfRow(embedding.length), 0);
    return this.bytes + needed <= this.maxBytes;
  }

  /** Adds or replaces documents, all met in the pass `seenIn`; answers those that there was no memory for. */
  addAll(documents: readonly VectorDocument[], seenIn: number): readonly VectorDocument[] {
    const units = documents.map(({ embedding }) => rotatedUnit(embedding));
    return documents.filter((document, at) => {
      this.remove(document.eventId);
      const unit = units[at];
      const table = unit && this.tableFor(unit.length, units);
      const row = this.rowOf(document, table, seenIn);
      if (table && !table.add(row, unit)) {
        this.release(row);
        return true;
      }
      this.rows.set(row.eventId, row);
      this.rowBytes += row.bytes;
      return false;
    });
  }

  remove(eventId: string): void {
    const row = this.rows.get(eventId);
    if (!row) return;
    this.rows.delete(eventId);
    this.rowBytes -= row.bytes;
    this.release(row);
    row.table?.remove(row);
    if (row.table?.size === 0) this.tables.delete(row.table.dimension);
  }

  /** What can be among the k nearest of the documents held. */
  candidates({ embedding, k, filter, capturedAfterMs }: IndexQuery): Candidates {
    const query = rotatedUnit(embedding);
    const table = this.tables.get(embedding.length);
    if (!query || !table) return { candidates: [], scanned: 0 };
    const best = new BestBounds(k);
    const scanned = table.compare(query, this.meant(filter, capturedAfterMs), (row, estimate, radius) => {
      best.offer(row.eventId, estimate, radius);
    });
    return { candidates: best.candidates(), scanned };
  }

  private rowOf(
    document: VectorDocument,
    table: VectorTable<IndexedVector> | undefined,
    seenIn: number,
  ): IndexedVector {
    const { eventId, capturedAtMs, acceptedAtMs, model, deviceName, tags, embedding } = document;
    const sorted = [...new Set(tags)].sort();
    return {
      eventId,
      capturedAtMs,
      acceptedAtMs,
      model: this.models.hold(model, model),
      deviceName: this.deviceNames.hold(deviceName, deviceName),
      tags: this.tags.hold(JSON.stringify(sorted), sorted),
      table,
      bytes: bytesOfRow(embedding.length),
      seenIn,
    };
  }

  private release({ model, deviceName, tags }: IndexedVector): void {
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
    return table;
  }

  private meant(filter: MetadataFilter, capturedAfterMs: number): (row: IndexedVector) => boolean {
    const { model, deviceName, tag, from, to } = filter;
    const isModel = model === undefined ? undefined : this.models.passing((value) => value === model);
    const isDevice =
      deviceName === undefined ? undefined : this.deviceNames.passing((value) => value === deviceName);
    const hasTag = tag === undefined ? undefined : this.tags.passing((values) => values.includes(tag));
    const fromMs = from?.getTime() ?? -Infinity;
    const toMs = to?.getTime() ?? Infinity;
    return (row) =>
      row.capturedAtMs > capturedAfterMs &&
      row.capturedAtMs >= fromMs &&
      row.capturedAtMs < toMs &&
      (isModel === undefined || isModel[row.model] === 1) &&
      (isDevice === undefined || isDevice[row.deviceName] === 1) &&
      (hasTag === undefined || hasTag[row.tags] === 1);
  }
}

function bytesOfRow(dimension: number): number {
  return strideOf(dimension) + ROW_BYTES;
}
