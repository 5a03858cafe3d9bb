import { PipelineError } from '@libs/domain';

/** What every body may hold whatever the others do: 2048 numbers at full precision fit. Bounded by MAX_CONNECTIONS. */
const FREE_BYTES = 64 * 1024;

/**
 * Bounds what all unfinished bodies of the process hold together, so that clients who stop in the middle of large
 * ones cannot fill the memory; small bodies are served meanwhile.
 */
export class BodyBudget {
  private heldBytes = 0;

  constructor(private readonly maxBytes: number) {}

  /** Bytes that unfinished bodies hold beyond what each may hold anyway. */
  get bytes(): number {
    return this.heldBytes;
  }

  /** The share of one body; to be released whatever becomes of it. */
  open(): BodyShare {
    return new BodyShare((change) => {
      if (change > 0 && this.heldBytes + change > this.maxBytes) return false;
      this.heldBytes += change;
      return true;
    });
  }
}

/** What one body holds of the budget. */
export class BodyShare {
  private counted = 0;
  private decoderBytes = 0;

  constructor(private readonly change: (bytes: number) => boolean) {}

  /** Notes what a decoder holds besides; the next `resize` counts it. */
  readonly onDecoderBytes = (bytes: number): void => {
    this.decoderBytes = bytes;
  };

  /** @throws PipelineError `overloaded` where all bodies together would hold too much */
  resize(bytes: number): void {
    const counted = Math.max(bytes + this.decoderBytes - FREE_BYTES, 0);
    if (counted === this.counted) return;
    if (!this.change(counted - this.counted)) {
      throw new PipelineError('overloaded', 'the process holds as many bytes of unfinished bodies as it may');
    }
    this.counted = counted;
  }

  release(): void {
    this.change(-this.counted);
    this.counted = 0;
  }
}
