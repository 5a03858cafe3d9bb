const MAX_RECORDS = 32;
const MAX_BYTES = 512 * 1024;

/** How much of one batch may wait for Kafka: reading goes on as records leave, so a batch never lies in memory whole. */
export class PublishWindow {
  private records = 0;
  private bytes = 0;
  private stalled = 0;
  private wakers: (() => void)[] = [];

  /** Resolves once there is room for a record; undefined where there is at once, which a lone one always has. */
  enter(bytes: number): Promise<void> | undefined {
    if (!this.hasRoom(bytes)) return this.change().then(() => this.enter(bytes));
    this.records += 1;
    this.bytes += bytes;
    return undefined;
  }

  leave(bytes: number): void {
    this.records -= 1;
    this.bytes -= bytes;
    for (const wake of this.wakers.splice(0)) wake();
  }

  /**
   * For a record inside that Kafka's queue had no room for: resolves to true once another one of the batch has left,
   * at once to false where none is there that could make room.
   */
  async anotherLeft(): Promise<boolean> {
    if (this.records - this.stalled <= 1) return false;
    this.stalled += 1;
    await this.change();
    this.stalled -= 1;
    return true;
  }

  private hasRoom(bytes: number): boolean {
    if (this.records === 0) return true;
    return this.stalled === 0 && this.records < MAX_RECORDS && this.bytes + bytes <= MAX_BYTES;
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.wakers.push(resolve));
  }
}
