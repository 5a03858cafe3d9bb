import { BufferPool } from '../buffer-pool';

/** kafkajs writes its heads before a request: 14 bytes and KAFKA_CLIENT_ID. */
const HEAD_ROOM_BYTES = 1024;
const POOL = new BufferPool(8 * 1024 * 1024);

/**
 * The bytes of a request, with room for a head before them, in memory that later requests use again. For kafkajs it
 * is an Encoder whose content is complete.
 */
export class RequestBytes {
  private memory: Buffer;
  private start = HEAD_ROOM_BYTES;
  private readonly end: number;

  constructor(size: number) {
    this.end = HEAD_ROOM_BYTES + size;
    this.memory = POOL.acquire(this.end);
  }

  get buffer(): Buffer {
    return this.memory.subarray(this.start, this.end);
  }

  size(): number {
    return this.end - this.start;
  }

  /** @throws RangeError for heads that do not fit; kafkajs has none such */
  prepend(head: Buffer): this {
    if (head.length > this.start) throw new RangeError(`the head of ${head.length} bytes has no room`);
    this.start -= head.length;
    head.copy(this.memory, this.start);
    return this;
  }

  /** To be called once nobody reads the bytes any more, and never twice. */
  release(): void {
    POOL.release(this.memory);
    this.memory = Buffer.alloc(0);
  }
}
