import { PAGE_BYTES, type CodeMemory } from './code-memory';
import { quantize, quantizeQuery } from './quantized';
import { rotate } from './rotation';

/** Far more than double precision loses on 8192 products, far less than any int8 code does. */
const ROUNDING = 1e-10;

/** Beside the codes of a row: scale, shift, residual, reach. */
const FIGURES = 4;

/** Takes a row's estimated cosine; the true one is at most `radius` away from it. */
export type Visit<Row> = (row: Row, estimate: number, radius: number) => void;

interface Page<Row> {
  readonly codesAt: number;
  readonly figures: Float64Array;
  readonly rows: Row[];
}

/**
 * Vectors of one dimension with one byte for each value: of length 1, rotated, less a centre near which they lie.
 *
 * With y = centre + z and q = centre + w the cosine q·y is q·centre + centre·z + w·z. The first two are kept exactly;
 * for the last there are int8 codes ẑ, and by Cauchy and Schwarz |w·z − w·ẑ| ≤ ‖w‖·‖z − ẑ‖.
 */
export class VectorTable<Row> {
  private readonly pages: Page<Row>[] = [];
  private readonly stride: number;
  private readonly rowsPerPage: number;
  /** Each row's page and place there. */
  private readonly places = new Map<Row, number>();

  constructor(
    readonly dimension: number,
    private readonly centre: Float64Array,
    private readonly memory: CodeMemory,
  ) {
    this.stride = strideOf(dimension);
    this.rowsPerPage = Math.floor(PAGE_BYTES / this.stride);
  }

  get size(): number {
    return this.places.size;
  }

  /** Adds a row; false where there is no more memory. */
  add(row: Row, rotated: Float64Array): boolean {
    const at = this.size;
    if (at === this.pages.length * this.rowsPerPage && !this.addPage()) return false;
    const { page, slot } = this.locate(at);
    const z = difference(rotated, this.centre);
    const codes = this.memory.codes(page.codesAt + slot * this.stride, this.dimension);
    const { scale, residual, reach } = quantize(z, codes);
    page.figures.set([scale, product(this.centre, z), residual, reach], slot * FIGURES);
    page.rows.push(row);
    this.places.set(row, at);
    return true;
  }

  /** Removes a row: the last one takes its place. */
  remove(row: Row): void {
    const at = this.places.get(row);
    if (at === undefined) return;
    this.places.delete(row);
    const to = this.locate(at);
    const from = this.locate(this.size);
    const moved = from.page.rows.pop()!;
    if (moved !== row) {
      const codes = this.memory.codes(from.page.codesAt + from.slot * this.stride, this.stride);
      this.memory.codes(to.page.codesAt + to.slot * this.stride, this.stride).set(codes);
      const start = from.slot * FIGURES;
      to.page.figures.set(from.page.figures.subarray(start, start + FIGURES), to.slot * FIGURES);
      to.page.rows[to.slot] = moved;
      this.places.set(moved, at);
    }
    if (from.page.rows.length === 0) this.memory.release(this.pages.pop()!.codesAt);
  }

  /** Visits each row that `isMeant`, and answers how many those were. */
  compare(query: Float64Array, isMeant: (row: Row) => boolean, visit: Visit<Row>): number {
    const w = difference(query, this.centre);
    const base = product(query, this.centre);
    const { codes, step, length, rest } = quantizeQuery(w);
    this.memory.setQuery(codes, this.stride);
    let compared = 0;
    for (const { codesAt, figures, rows } of this.pages) {
      // A page without a row that is meant costs no multiplication.
      if (!rows.some(isMeant)) continue;
      const sums = this.memory.sums(codesAt, rows.length, this.stride);
      for (let slot = 0; slot < rows.length; slot++) {
        const row = rows[slot]!;
        if (!isMeant(row)) continue;
        compared += 1;
        const at = slot * FIGURES;
        const estimate = base + figures[at + 1]! + figures[at]! * step * sums[slot]!;
        visit(row, estimate, length * figures[at + 2]! + rest * figures[at + 3]! + ROUNDING);
      }
    }
    return compared;
  }

  private addPage(): boolean {
    const codesAt = this.memory.allocate();
    if (codesAt === undefined) return false;
    this.memory.codes(codesAt, PAGE_BYTES).fill(0);
    this.pages.push({ codesAt, figures: new Float64Array(this.rowsPerPage * FIGURES), rows: [] });
    return true;
  }

  private locate(at: number): { readonly page: Page<Row>; readonly slot: number } {
    return { page: this.pages[Math.floor(at / this.rowsPerPage)]!, slot: at % this.rowsPerPage };
  }
}

/** Bytes that a vector's codes take: whole blocks of 16. */
export function strideOf(dimension: number): number {
  return Math.ceil(dimension / 16) * 16;
}

/** `vector` with length 1 in double precision, rotated; undefined where it has no direction. */
export function rotatedUnit(vector: Float32Array): Float64Array | undefined {
  const unit = new Float64Array(vector);
  const length = Math.sqrt(product(unit, unit));
  if (length === 0) return undefined;
  for (let i = 0; i < unit.length; i++) unit[i]! /= length;
  rotate(unit);
  return unit;
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function difference(a: Float64Array, b: Float64Array): Float64Array {
  const values = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) values[i] = a[i]! - b[i]!;
  return values;
}
