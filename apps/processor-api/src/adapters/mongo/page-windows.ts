/** A part of an axis of whole numbers: from `from` on, before `to`. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Each window is a power of this wide. */
const BASE = 4;
const FIRST_WIDTH = BASE ** 3;
const WIDEST = BASE ** 24;
const MAX_FULL_WINDOWS = 10_000;

/** Windows that turned out to hold too many, those that were asked for last. */
export class FullWindows {
  private readonly names = new Set<string>();

  /** These places alone are too many: so is every window that holds all of them. */
  add(axis: string, places: readonly number[]): void {
    const [least, greatest] = [Math.min(...places), Math.max(...places)];
    for (let width = WIDEST; width >= 1; width /= BASE) {
      const begin = beginOf(least, width);
      if (beginOf(greatest, width) === begin) this.keep(nameOf(axis, width, begin));
    }
  }

  has(name: string): boolean {
    const isFull = this.names.has(name);
    if (isFull) this.keep(name);
    return isFull;
  }

  /** Whether any window of the axis is full. */
  hasAny(axis: string): boolean {
    return this.has(nameOf(axis, WIDEST, 0));
  }

  private keep(name: string): void {
    this.names.delete(name);
    this.names.add(name);
    if (this.names.size > MAX_FULL_WINDOWS) this.names.delete(this.names.values().next().value!);
  }
}

/** Windows of an axis begin as wide as those of the page that ended at `to`, or this wide. */
export function widthEndingAt(to: number): number {
  let width = FIRST_WIDTH;
  while (width < to && to % (width * BASE) === 0) width *= BASE;
  return width;
}

/**
 * Cuts `whole` into windows that follow one another, the last first. Each begins at a multiple of its width, so that all
 * pages come to the same ones, and is four times as wide as the one before. In the place of one that is known to be full
 * comes its last quarter.
 */
export class PageWindows {
  private to: number;
  private width: number;

  constructor(
    private readonly axis: string,
    private readonly whole: Window & { readonly firstWidth: number },
    private readonly full: FullWindows,
  ) {
    this.to = whole.to;
    this.width = whole.firstWidth;
  }

  /** The window to look at; undefined once the whole is through. */
  get current(): Window | undefined {
    if (this.to <= this.whole.from) return undefined;
    while (this.width > 1 && this.full.has(this.name)) this.width /= BASE;
    return { from: Math.max(this.whole.from, this.begin), to: this.to };
  }

  /** Whether the current window is a single place that is known to be full. */
  get isDense(): boolean {
    return this.width === 1 && this.full.has(this.name);
  }

  /** The current window is done. */
  passed(): void {
    this.to = this.begin;
    this.width = Math.min(WIDEST, this.width * BASE);
  }

  private get begin(): number {
    return beginOf(this.to - 1, this.width);
  }

  private get name(): string {
    return nameOf(this.axis, this.width, this.begin);
  }
}

function beginOf(place: number, width: number): number {
  return Math.floor(place / width) * width;
}

function nameOf(axis: string, width: number, begin: number): string {
  return `${axis} ${width} ${begin}`;
}
