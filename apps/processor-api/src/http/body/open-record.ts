import { GatheredBytes } from './gathered-bytes';
import { TOO_LARGE, type SplitRecord } from './record-splitter';

/** The record at whose end a splitter has not arrived, over as many pieces as it takes. */
export class OpenRecord {
  private kept: GatheredBytes | undefined;
  private isTooLarge = false;

  constructor(private readonly maxBytes: number) {}

  get heldBytes(): number {
    return this.kept?.capacity ?? 0;
  }

  /** Keeps a copy of `part`: the piece it is of may be a hundred times as large. */
  append(part: Buffer): void {
    if (part.length === 0 || this.isTooLarge) return;
    if (this.length + part.length > this.maxBytes) {
      this.isTooLarge = true;
      this.kept = undefined;
      return;
    }
    this.kept ??= new GatheredBytes();
    this.kept.append(Buffer.from(part));
  }

  /** The whole record, whose last part is `part`; the next one begins. */
  close(part: Buffer): SplitRecord {
    const isWhole = !this.kept && !this.isTooLarge;
    if (isWhole) return part.length > this.maxBytes ? TOO_LARGE : part;
    this.append(part);
    const record = this.isTooLarge ? TOO_LARGE : this.kept!.bytes;
    this.kept = undefined;
    this.isTooLarge = false;
    return record;
  }

  private get length(): number {
    return this.kept?.length ?? 0;
  }
}
