import { PipelineError } from '@libs/domain';
import type { ByteBudget } from '../../byte-budget';

/** What every body may hold whatever the others do: 2048 numbers at full precision fit. Bounded by MAX_CONNECTIONS. */
const FREE_BYTES = 64 * 1024;

/**
 * What one unfinished body holds of the budget of all, so that clients who stop in the middle of large ones cannot fill
 * the memory; small bodies are served meanwhile. To be released whatever becomes of the body.
 */
export class BodyShare {
  private counted = 0;
  private decoderBytes = 0;

  constructor(private readonly budget: ByteBudget) {}

  /** Notes what a decoder holds besides; the next `resize` counts it. */
  readonly onDecoderBytes = (bytes: number): void => {
    this.decoderBytes = bytes;
  };

  /** @throws PipelineError `overloaded` where all bodies together would hold too much */
  resize(bytes: number): void {
    const counted = Math.max(bytes + this.decoderBytes - FREE_BYTES, 0);
    const change = counted - this.counted;
    if (change > 0 && !this.budget.hold(change)) {
      throw new PipelineError('overloaded', 'the process holds as many bytes of unfinished bodies as it may');
    }
    if (change < 0) this.budget.release(-change);
    this.counted = counted;
  }

  release(): void {
    this.budget.release(this.counted);
    this.counted = 0;
  }
}
