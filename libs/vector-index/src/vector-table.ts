import { PAGE_BYTES, type CodeMemory } from './code-memory';
import { quantize, quantizeQuery } from './quantized';
import { rotate } from './rotation';

/** Far more than double precision loses on 8192 products, far less than any int8 code does. */
const ROUNDING = 1e-10;

/** Beside the codes of a row: scale, shift, residual, reach; on a page they follow the codes of all its rows. */
const FIGURES = 4;
const FIGURE_BYTES = FIGURES * Float64Array.BYTES_PER_ELEMENT;

/** Takes a row's estimated cosine; the true one is at most `radius` away from it. */
export type Visit<Row> = (row: Row, estimate: number, radius: number) => void;

/** What a table keeps in a row: its place there. */
export interface Placed {
  place: number;
}

interface Page<Row> {
  readonly at: number;
  readonly rows: Row[];
}

/**
 * Vectors of one dimension with one byte for each value: of length 1, rotated, less a centre near which they lie.
 *
 * With y = centre + z and q = centre + w the cosine q·y is q·centre + centre·z + w·z. The first two are kept exactly;
 * for the last there are int8 codes ẑ, and by Cauchy and Schwarz |w·z − w·ẑ| ≤ ‖w‖·‖z − ẑ‖.
 */
export class VectorTable<Row extends Placed> {
  private readonly pages: Page<Row>[] = [];
  private readonly stride: number;
  private readonly rowsPerPage: number;
  private count = 0;

  constructor(
    readonly dimension: number,
    private readonly centre: Float64Array,
    private readonly memory: CodeMemory,
  ) {
    this.stride = strideOf(dimension);
    this.rowsPerPage = Math.floor(PAGE_BYTES / (this.stride + FIGURE_BYTES));
  }

  get size(): number {
    return this.count;
  }

  /** Whether the next row needs a page. */
  get isFull(): boolean {
    return this.count === this.pages.length * this.rowsPerPage;
  }

  /** Adds a row; false where there is no more memory. */
  add(row: Row, rotated: Float64Array): boolean {
    if (this.isFull && !this.addPage()) return false;
    const { page, slot } = this.locate(this.count);
    const z = difference(rotated, this.centre);
    const { scale, residual, reach } = quantize(z, this.codesOf(page, slot));
    this.figuresOf(page).set([scale, product(this.centre, z), residual, reach], slot * FIGURES);
    page.rows.push(row);
    row.place = this.count++;
    return true;
  }

  /** Removes a row of this table: the last one takes its place. */
  remove(row: Row): void {
    this.count -= 1;
    const to = this.locate(row.place);
    const from = this.locate(this.count);
    const moved = from.page.rows.pop()!;
    if (moved !== row) {
      this.codesOf(to.page, to.slot).set(this.codesOf(from.page, from.slot));
      const start = from.slot * FIGURES;
      const figures = this.figuresOf(from.page).subarray(start, start + FIGURES);
      this.figuresOf(to.page).set(figures, to.slot * FIGURES);
      to.page.rows[to.slot] = moved;
      moved.place = row.place;
    }
    if (from.page.rows.length === 0) this.memory.release(this.pages.pop()!.at);
  }

  /** Visits each row that `isMeant`, and answers how many those were. */
  compare(query: Float64Array, isMeant: (row: Row) => boolean, visit: Visit<Row>): number {
    const w = difference(query, this.centre);
    const base = product(query, this.centre);
    const { codes, step, length, rest } = quantizeQuery(w);
    this.memory.setQuery(codes, this.stride);
    let compared = 0;
    for (const page of this.pages) {
      const { at: codesAt, rows } = page;
      // A page without a row that is meant costs no multiplication.
      if (!rows.some(isMeant)) continue;
      const sums = this.memory.sums(codesAt, rows.length, this.stride);
      const figures = this.figuresOf(page);
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
    const at = this.memory.allocate();
    if (at === undefined) return false;
    this.memory.codes(at, PAGE_BYTES).fill(0);
    this.pages.push({ at, rows: [] });
    return true;
  }

  private codesOf({ at }: Page<Row>, slot: number): Int8Array {
    return this.memory.codes(at + slot * this.stride, this.dimension);
  }

  private figuresOf({ at }: Page<Row>): Float64Array {
    return this.memory.figures(at + this.rowsPerPage * this.stride, this.rowsPerPage * FIGURES);
  }

  private locate(at: number): { readonly page: Page<Row>; readonly slot: number } {
    return { page: this.pages[Math.floor(at / this.rowsPerPage)]!, slot: at % this.rowsPerPage };
  }
}

/** Bytes that a vector's codes take: whole blocks of 16. */
function strideOf(dimension: number): number {
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
