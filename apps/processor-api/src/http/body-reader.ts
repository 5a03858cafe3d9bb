import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { PipelineError } from '@libs/domain';

export interface BodyLimits {
  readonly maxBytes: number;
  /** Longest pause between two pieces of a body. */
  readonly idleTimeoutMs: number;
}

const DRAIN_MAX_BYTES = 16 * 1024 * 1024;
const DRAIN_MAX_MS = 2_000;
/** On loopback 64 MiB pass in 60 ms. */
const DRAIN_CHECK_MS = 5;

/**
 * The whole body, as it came. Leaves the rest of a refused one unread: `drainRest` drops it after the answer.
 *
 * @throws PipelineError `unsupported_media_type` (compressed), `body_too_large`, `request_timeout`
 */
export function readBody(request: IncomingMessage, { maxBytes, idleTimeoutMs }: BodyLimits): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    return Promise.reject(new PipelineError('unsupported_media_type', 'Content-Encoding must be left out'));
  }
  const tooLarge = new PipelineError('body_too_large', `the body must be at most ${maxBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge);
  return new Promise((resolve, reject) => {
    const body = new GrowingBuffer();
    const idle = setTimeout(() => {
      settle(
        reject,
        new PipelineError('request_timeout', `nothing of the body came for ${idleTimeoutMs} ms`),
      );
    }, idleTimeoutMs);
    const onData = (piece: Buffer): void => {
      if (body.length + piece.length > maxBytes) {
        settle(reject, tooLarge);
        return;
      }
      body.append(piece);
      idle.refresh();
    };
    const onEnd = (): void => {
      settle(resolve, body.bytes);
    };
    const onGone = (): void => {
      settle(
        reject,
        new PipelineError('request_timeout', 'the client closed the connection inside the body'),
      );
    };
    const settle = <T>(answer: (value: T) => void, value: T): void => {
      clearTimeout(idle);
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
      request.on('error', () => undefined).pause();
      answer(value);
    };
    request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
}

/**
 * Reads and drops what is left of a refused body, so that a client that still writes sees the answer instead of
 * a broken pipe; closes the connection when more than 16 MiB or 2 s would be needed.
 */
export function drainRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  limitDrain(request.socket, () => request.complete);
  request.resume();
}

/** The same for a connection that Node goes on reading although nothing on it can be understood any more. */
export function drainSocket(socket: Socket): void {
  limitDrain(socket, () => false);
}

function limitDrain(socket: Socket, isDone: () => boolean): void {
  const startBytes = socket.bytesRead;
  const startedAt = performance.now();
  const watchdog = setInterval(() => {
    const isOver =
      socket.bytesRead - startBytes > DRAIN_MAX_BYTES || performance.now() - startedAt > DRAIN_MAX_MS;
    if (isDone() || socket.destroyed) clearInterval(watchdog);
    else if (isOver) socket.destroy();
  }, DRAIN_CHECK_MS);
}

/** One buffer that doubles: a list of pieces would cost 200 times the body where each chunk holds one byte. */
class GrowingBuffer {
  private buffer: Buffer = Buffer.alloc(0);
  length = 0;

  get bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  append(piece: Buffer): void {
    const length = this.length + piece.length;
    if (this.length === 0) {
      this.buffer = piece;
    } else {
      if (length > this.buffer.length) this.grow(length);
      piece.copy(this.buffer, this.length);
    }
    this.length = length;
  }

  private grow(minimum: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(minimum, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}
