const MAX_RECORDS = 32;
const MAX_BYTES = 512 * 1024;

/** How much of one batch may wait for Kafka: reading goes on as records leave, so a batch never lies in memory whole. */
export class PublishWindow {
  private records = 0;
  private bytes = 0;
  private wakers: (() => void)[] = [];

  /** Resolves once there is room for a record, here and where it is to wait; a lone one always has it. */
  async enter(bytes: number, hasRoomToWait: () => boolean): Promise<void> {
    while (this.records > 0 && !(this.hasRoom(bytes) && hasRoomToWait())) await this.change();
    this.records += 1;
    this.bytes += bytes;
  }

  leave(bytes: number): void {
    this.records -= 1;
    this.bytes -= bytes;
    for (const wake of this.wakers.splice(0)) wake();
  }

  private hasRoom(bytes: number): boolean {
    return this.records < MAX_RECORDS && this.bytes + bytes <= MAX_BYTES;
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.wakers.push(resolve));
  }
}
