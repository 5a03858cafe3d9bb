import { PipelineError } from '@libs/domain';
import { ByteBudget } from '../../byte-budget';

/**
 * What all unfinished bodies may hold together, so that clients who stop in the middle of theirs cannot fill the memory.
 * One half is divided evenly among the connections, of which each has one body at a time: small bodies are served
 * whatever the others do. The other half is for whoever needs more, first come, first served.
 */
export class BodyMemory {
  readonly ownBytes: number;
  private readonly common: ByteBudget;

  constructor(maxBytes: number, maxConnections: number) {
    this.ownBytes = Math.floor(maxBytes / 2 / maxConnections);
    this.common = new ByteBudget(maxBytes / 2);
  }

  get commonBytes(): number {
    return this.common.bytes;
  }

  /** The share of one body. */
  open(): BodyShare {
    return new BodyShare(this.common, this.ownBytes);
  }
}

/** What one unfinished body holds. To be released whatever becomes of the body. */
class BodyShare {
  private counted = 0;
  private decoderBytes = 0;

  constructor(
    private readonly common: ByteBudget,
    private readonly ownBytes: number,
  ) {}

  /** Notes what a decoder holds besides; the next `resize` counts it. */
  readonly onDecoderBytes = (bytes: number): void => {
    this.decoderBytes = bytes;
  };

  /** @throws PipelineError `overloaded` where all bodies together would hold too much */
  resize(bytes: number): void {
    const counted = Math.max(bytes + this.decoderBytes - this.ownBytes, 0);
    const change = counted - this.counted;
    if (change > 0 && !this.common.hold(change)) {
      throw new PipelineError('overloaded', 'the process holds as many bytes of unfinished bodies as it may');
    }
    if (change < 0) this.common.release(-change);
    this.counted = counted;
  }

  release(): void {
    this.common.release(this.counted);
    this.counted = 0;
  }
}
