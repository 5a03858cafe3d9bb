import { IndexSet } from '../index-set';
import type { Findings } from './verification';

const MAX_EXAMPLES = 10;

/** What a comparison has found so far: two bits for each record, and a few examples. */
export class Comparison {
  private readonly read = new IndexSet();
  private readonly differing = new IndexSet();
  private missing = 0;
  private copies = 0;
  unread = 0;
  private readonly examples: string[] = [];

  /** Records that were found, equal or not. */
  get found(): number {
    return this.read.size;
  }

  hasFound(index: number): boolean {
    return this.read.has(index);
  }

  /** @param difference what differs, in words; undefined where nothing does */
  noteFound(index: number, id: string, difference: string | undefined): void {
    if (!this.read.add(index)) this.copies += 1;
    // Of several copies one that differs is one too many.
    if (difference !== undefined && this.differing.add(index)) this.tell(`${id} differs: ${difference}`);
  }

  noteMissing(id: string): void {
    this.missing += 1;
    this.tell(`${id} is missing`);
  }

  result(terms: Pick<Findings, 'where' | 'acknowledged' | 'fault'>): Findings {
    const { missing, unread, copies, examples } = this;
    const differing = this.differing.size;
    return {
      ...terms,
      equal: this.read.size - differing,
      missing,
      differing,
      unread,
      copies,
      examples,
    };
  }

  private tell(example: string): void {
    if (this.examples.length < MAX_EXAMPLES) this.examples.push(example);
  }
}
