/** kafkajs writes its heads before a request: 14 bytes and KAFKA_CLIENT_ID. */
const HEAD_ROOM_BYTES = 1024;
const LEAST_BYTES = 64 * 1024;
/** Together at most so much is kept for later requests. */
const MAX_KEPT_BYTES = 8 * 1024 * 1024;

const kept: Buffer[] = [];
let keptBytes = 0;

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
    this.memory = takeMemory(this.end);
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
    const { memory } = this;
    this.memory = Buffer.alloc(0);
    if (keptBytes + memory.length > MAX_KEPT_BYTES) return;
    kept.push(memory);
    keptBytes += memory.length;
  }
}

/** The first kept that is large enough and not four times too large, or else new memory. */
function takeMemory(size: number): Buffer {
  const at = kept.findIndex(({ length }) => length >= size && length <= Math.max(LEAST_BYTES, 4 * size));
  if (at === -1) return Buffer.allocUnsafeSlow(Math.max(LEAST_BYTES, 2 ** Math.ceil(Math.log2(size))));
  const [memory] = kept.splice(at, 1);
  keptBytes -= memory!.length;
  return memory!;
}
