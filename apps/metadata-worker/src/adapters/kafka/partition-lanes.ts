/** Work on one batch of each partition at a time, on many partitions at once, within so many bytes in all. */
export class PartitionLanes {
  private readonly lanes = new Map<string, Promise<void>>();
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get isIdle(): boolean {
    return this.lanes.size === 0;
  }

  /** A batch larger than the limit has room once it is alone. */
  hasRoomFor(place: string, bytes: number): boolean {
    return !this.lanes.has(place) && (this.isIdle || this.bytes + bytes <= this.maxBytes);
  }

  /** Begins `work`, which must not reject, on the batch of a place that has room for it. */
  begin(place: string, bytes: number, work: () => Promise<void>): void {
    this.bytes += bytes;
    const lane = work().finally(() => {
      this.bytes -= bytes;
      this.lanes.delete(place);
    });
    this.lanes.set(place, lane);
  }

  /** Resolves when any work ends. */
  nextEnd(): Promise<void> {
    return Promise.race(this.lanes.values());
  }

  /** Resolves once no work is left. */
  async idle(): Promise<void> {
    while (!this.isIdle) await this.nextEnd();
  }
}
