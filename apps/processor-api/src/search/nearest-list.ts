/** A document by its place in the answer. */
export interface Scored {
  readonly eventId: string;
  readonly score: number;
}

/** The k best so far: the greater score first, of equal ones the smaller eventId. */
export class NearestList<Item extends Scored> {
  private readonly best: Item[] = [];

  constructor(private readonly k: number) {}

  get items(): readonly Item[] {
    return this.best;
  }

  /** What a newcomer must reach. */
  get threshold(): number {
    return this.best.length < this.k ? -Infinity : this.best[this.k - 1]!.score;
  }

  /** Takes an item into its place, if it has one; it replaces what was offered under its id before. */
  offer(item: Item): void {
    const before = this.best.findIndex(({ eventId }) => eventId === item.eventId);
    if (before !== -1) this.best.splice(before, 1);
    const at = this.best.findIndex((other) => isBefore(item, other));
    if (at === -1 && this.best.length >= this.k) return;
    this.best.splice(at === -1 ? this.best.length : at, 0, item);
    if (this.best.length > this.k) this.best.pop();
  }
}

function isBefore(a: Scored, b: Scored): boolean {
  return a.score === b.score ? a.eventId < b.eventId : a.score > b.score;
}
