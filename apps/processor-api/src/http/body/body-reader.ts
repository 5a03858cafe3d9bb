import type { IncomingMessage } from 'node:http';
import { PipelineError } from '@libs/domain';
import type { BodyMemory } from './body-share';
import { ByteAccumulator } from './byte-accumulator';
import { contentEncodingOf } from './content-headers';
import { Inflater, type TakePiece } from './inflater';

export interface BodyLimits {
  /** Of a body with one record: as it comes, and as it expands. */
  readonly maxBytes: number;
  /** The same of a batch. */
  readonly maxBatchBytes: number;
  /** Longest pause between two pieces of a body. */
  readonly idleTimeoutMs: number;
  /** Longest time that a whole body may take to come. */
  readonly timeoutMs: number;
}

/** What reads a body while it comes. */
export interface BodySink {
  readonly take: TakePiece;
  /** Bytes that it holds of the body while it takes none. */
  readonly heldBytes: () => number;
}

/** Reads bodies in each encoding, within what all unfinished ones together may hold. */
export class BodyReader {
  constructor(
    readonly limits: BodyLimits,
    private readonly memory: BodyMemory,
  ) {}

  /** The whole body; throws as `readPieces` does. */
  async read(request: IncomingMessage): Promise<Buffer> {
    const body = new ByteAccumulator();
    await this.readPieces(request, this.limits.maxBytes, {
      take: (piece) => {
        body.append(piece);
        return Promise.resolve();
      },
      heldBytes: () => body.capacity,
    });
    return body.bytes;
  }

  /**
   * Hands over a body piece by piece, expanded, no faster than the sink takes them. Leaves the rest of a refused body
   * unread: `drainRest` drops it after the answer.
   *
   * @throws UnsupportedEncoding; PipelineError `body_too_large`, `request_timeout`, `invalid_compression`, `overloaded`;
   *   what `take` throws or rejects with
   */
  async readPieces(request: IncomingMessage, maxBytes: number, sink: BodySink): Promise<void> {
    const encoding = contentEncodingOf(request.headers);
    const share = this.memory.open();
    let compressedBytes = 0;
    const take: TakePiece = async (piece) => {
      share.resize(sink.heldBytes() + piece.length + compressedBytes);
      await sink.take(piece);
      share.resize(sink.heldBytes());
    };
    const { onDecoderBytes } = share;
    const inflater =
      encoding === 'identity' ? undefined : new Inflater(encoding, { maxBytes, onDecoderBytes }, take);
    try {
      const takeRaw: TakePiece = inflater
        ? (piece) => {
            compressedBytes = piece.length;
            return inflater.write(piece);
          }
        : take;
      await takeRawPieces(request, { ...this.limits, maxBytes }, takeRaw);
      await inflater?.end();
    } finally {
      inflater?.destroy();
      share.release();
    }
  }
}

/** Hands over a body as it comes over the wire; one piece is taken before the next. */
function takeRawPieces(
  request: IncomingMessage,
  { maxBytes, idleTimeoutMs, timeoutMs }: Omit<BodyLimits, 'maxBatchBytes'>,
  take: TakePiece,
): Promise<void> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let isOver = false;
    let isTaking = false;
    let hasEnded = false;
    const endsAt = performance.now() + timeoutMs;
    const onIdle = (): void => {
      fail(timeout(`nothing of the body came for ${idleTimeoutMs} ms`));
    };
    const onLate = (): void => {
      fail(timeout(`the body did not come within ${timeoutMs} ms`));
    };
    const startWait = (): NodeJS.Timeout => {
      const leftMs = endsAt - performance.now();
      return leftMs > idleTimeoutMs ? setTimeout(onIdle, idleTimeoutMs) : setTimeout(onLate, leftMs);
    };
    let waiting = startWait();

    const onData = (piece: Buffer): void => {
      bytes += piece.length;
      if (bytes > maxBytes) {
        fail(tooLarge(maxBytes));
        return;
      }
      clearTimeout(waiting); // it is us who pause now
      isTaking = true;
      request.pause();
      take(piece).then(onTaken, fail);
    };
    const onTaken = (): void => {
      isTaking = false;
      if (hasEnded) onEnd();
      if (isOver) return;
      waiting = startWait();
      request.resume();
    };
    // A paused stream tells its end all the same, right after its last piece.
    const onEnd = (): void => {
      hasEnded = true;
      if (!isTaking && finish()) resolve();
    };
    const onGone = (): void => {
      if (!hasEnded) fail(timeout('the client closed the connection inside the body'));
    };
    const fail = (error: Error): void => {
      if (finish()) reject(error);
    };
    const finish = (): boolean => {
      if (isOver) return false;
      isOver = true;
      clearTimeout(waiting);
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
      request.on('error', () => undefined).pause();
      return true;
    };
    if (request.destroyed) onGone();
    else request.on('data', onData).on('end', onEnd).on('close', onGone).on('error', onGone);
  });
}

const tooLarge = (maxBytes: number): PipelineError =>
  new PipelineError('body_too_large', `the body must be at most ${maxBytes} bytes`);

const timeout = (reason: string): PipelineError => new PipelineError('request_timeout', reason);
