const MAX_RECORDS = 32;
const MAX_BYTES = 512 * 1024;

/** How much of one batch may wait for Kafka: reading goes on as records leave, so a batch never lies in memory whole. */
export class PublishWindow {
  private records = 0;
  private bytes = 0;
  private waiting: (() => void)[] = [];

  /** Resolves once the record fits, here and into the queue; one alone always does. */
  async enter(bytes: number, queueHasRoom: () => boolean): Promise<void> {
    while (this.records > 0 && !(this.hasRoom(bytes) && queueHasRoom())) await this.nextLeave();
    this.records += 1;
    this.bytes += bytes;
  }

  leave(bytes: number): void {
    this.records -= 1;
    this.bytes -= bytes;
    for (const wake of this.waiting.splice(0)) wake();
  }

  private hasRoom(bytes: number): boolean {
    return this.records < MAX_RECORDS && this.bytes + bytes <= MAX_BYTES;
  }

  private nextLeave(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
