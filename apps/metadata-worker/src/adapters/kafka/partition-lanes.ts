/** Work on one batch of each partition at a time, on many partitions at once, within so many bytes in all. */
export class PartitionLanes {
  private readonly lanes = new Map<string, Promise<void>>();
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get isIdle(): boolean {
    return this.lanes.size === 0;
  }

  hasRoomFor(partition: string, bytes: number): boolean {
    return !this.lanes.has(partition) && this.bytes + this.counted(bytes) <= this.maxBytes;
  }

  /** Begins `work`, which must not reject, on the batch of a partition that has room for it. */
  begin(partition: string, bytes: number, work: () => Promise<void>): void {
    const counted = this.counted(bytes);
    this.bytes += counted;
    const lane = work().finally(() => {
      this.bytes -= counted;
      this.lanes.delete(partition);
    });
    this.lanes.set(partition, lane);
  }

  /** Resolves when any work ends. */
  nextEnd(): Promise<void> {
    return Promise.race(this.lanes.values());
  }

  /** Resolves once no work is left. */
  async idle(): Promise<void> {
    while (!this.isIdle) await this.nextEnd();
  }

  /** Of a very large batch only the half that small ones leave room for: or they would keep it out for ever. */
  private counted(bytes: number): number {
    return Math.min(bytes, this.maxBytes / 2);
  }
}
