/** A part of an axis of whole numbers: from `from` on, before `to`. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** How windows follow one another. */
export interface WindowSteps {
  readonly firstWidth: number;
  /** How many times as wide the next one is where this one holds next to nothing. */
  readonly growth: number;
  /** Documents that a window is to hold. */
  readonly target: number;
}

const MAX_BOUNDS = 1_000;
const MAX_PAUSES = 1_000;
const MAX_AXES = 200;

/** Where windows of one axis turned out too full: no later window crosses such a place. */
export class WindowBounds {
  /** In ascending order. */
  private readonly places: number[] = [];
  /** Where windows were left off, and how wide the next one was to be. */
  private readonly pauses = new Map<number, number>();

  add(place: number): void {
    const at = this.indexOf(place);
    if (this.places[at] === place) return;
    this.places.splice(at, 0, place);
    // What was captured long ago is read least.
    if (this.places.length > MAX_BOUNDS) this.places.shift();
  }

  has(place: number): boolean {
    return this.places[this.indexOf(place)] === place;
  }

  /** The last place before `to`. */
  below(to: number): number {
    return this.places[this.indexOf(to) - 1] ?? -Infinity;
  }

  pause(place: number, width: number): void {
    this.pauses.set(place, width);
    if (this.pauses.size > MAX_PAUSES) this.pauses.delete(this.pauses.keys().next().value!);
  }

  widthAt(place: number): number | undefined {
    return this.pauses.get(place);
  }

  /** Of the first place that is not before `place`. */
  private indexOf(place: number): number {
    let [low, high] = [0, this.places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.places[middle]! < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The bounds of many axes, those that were asked for last. */
export class BoundsOfAxes {
  private readonly axes = new Map<string, WindowBounds>();

  of(axis: string): WindowBounds {
    const bounds = this.axes.get(axis) ?? new WindowBounds();
    this.axes.delete(axis);
    this.axes.set(axis, bounds);
    if (this.axes.size > MAX_AXES) this.axes.delete(this.axes.keys().next().value!);
    return bounds;
  }
}

/**
 * Cuts `whole` into windows that follow one another, the last first. Each is as wide as the one before suggests; one
 * that is too full is split, and the place remembered in `bounds`.
 */
export class PageWindows {
  private to: number;
  private width: number;

  /** The first window goes `firstWidth` back from `start`, or on where windows were left off at the end of the whole. */
  constructor(
    private readonly whole: Window & { readonly start: number },
    private readonly steps: WindowSteps,
    private readonly bounds: WindowBounds,
  ) {
    this.to = whole.to;
    this.width = bounds.widthAt(whole.to) ?? steps.firstWidth;
  }

  /** The window to look at; undefined once the whole is through. */
  get current(): Window | undefined {
    if (this.to <= this.whole.from) return undefined;
    const from = Math.min(this.to, this.whole.start) - this.width;
    return { from: Math.max(this.whole.from, this.bounds.below(this.to), from), to: this.to };
  }

  /** The current window held `count` documents, and is done. */
  passed(count: number): void {
    this.to = this.current!.from;
    const { growth, target } = this.steps;
    this.width = Math.max(1, Math.floor(this.width * Math.min(growth, target / Math.max(1, count))));
  }

  /** Windows that end where the current one does begin as wide: no long time without documents is crept through. */
  pause(): void {
    this.bounds.pause(this.to, this.width);
  }

  /** The current window is too full: from now on it begins at `place`, which lies inside it. */
  split(place: number): void {
    this.bounds.add(place);
  }

  /** The current window takes too long: from now on it is a sixteenth as wide. */
  narrow(): void {
    const { from, to } = this.current!;
    const end = Math.min(to, this.whole.start);
    if (end - from > 1) this.split(Math.min(end - 1, end - Math.floor((end - from) / 16)));
  }
}
