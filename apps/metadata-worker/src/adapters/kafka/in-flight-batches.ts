/** Batches that are worked on: at most one of each partition, and at most so many bytes in all. */
export class InFlightBatches {
  private readonly byPartition = new Map<string, Promise<void>>();
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get isEmpty(): boolean {
    return this.byPartition.size === 0;
  }

  hasCapacityFor(partition: string, bytes: number): boolean {
    return !this.byPartition.has(partition) && this.bytes + this.counted(bytes) <= this.maxBytes;
  }

  /** Starts `work`, which must not reject, on a batch that there is capacity for. */
  start(partition: string, bytes: number, work: () => Promise<void>): void {
    const counted = this.counted(bytes);
    this.bytes += counted;
    const done = work().finally(() => {
      this.bytes -= counted;
      this.byPartition.delete(partition);
    });
    this.byPartition.set(partition, done);
  }

  /** Resolves when the work on any batch is done. */
  anyDone(): Promise<void> {
    return Promise.race(this.byPartition.values());
  }

  /** Resolves once the work on all batches is done. */
  async allDone(): Promise<void> {
    while (!this.isEmpty) await this.anyDone();
  }

  /** A batch larger than half the limit counts as half, or small batches would keep it out for ever. */
  private counted(bytes: number): number {
    return Math.min(bytes, this.maxBytes / 2);
  }
}
