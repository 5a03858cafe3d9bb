import type { IncomingMessage } from 'node:http';
import { PipelineError } from '@libs/domain';

export interface RawLimits {
  readonly maxBytes: number;
  /** Longest pause between two pieces of a body. */
  readonly idleTimeoutMs: number;
}

/** Takes a piece; nothing more comes before the promise it may answer resolves, and a rejection ends the reading. */
export type TakePiece = (piece: Buffer) => Promise<void> | undefined;

/**
 * Hands over a body as it comes over the wire. Leaves the rest of a refused one unread: `drainRest` drops it
 * after the answer.
 *
 * @throws PipelineError `body_too_large`, `request_timeout`; what `take` throws or rejects with
 */
export function takeRawPieces(
  request: IncomingMessage,
  { maxBytes, idleTimeoutMs }: RawLimits,
  take: TakePiece,
): Promise<void> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let isOver = false;
    let isTaking = false;
    let hasEnded = false;
    const startIdle = (): NodeJS.Timeout =>
      setTimeout(() => {
        fail(timeout(`nothing of the body came for ${idleTimeoutMs} ms`));
      }, idleTimeoutMs);
    let idle = startIdle();

    const onData = (piece: Buffer): void => {
      bytes += piece.length;
      if (bytes > maxBytes) {
        fail(tooLarge(maxBytes));
        return;
      }
      try {
        const taken = take(piece);
        if (taken) waitFor(taken);
        else idle.refresh();
      } catch (error) {
        fail(error as Error);
      }
    };
    const waitFor = (taken: Promise<void>): void => {
      clearTimeout(idle); // it is us who pause now
      isTaking = true;
      request.pause();
      taken.then(() => {
        isTaking = false;
        if (hasEnded) onEnd();
        if (isOver) return;
        idle = startIdle();
        request.resume();
      }, fail);
    };
    // A paused stream tells its end all the same, right behind its last piece.
    const onEnd = (): void => {
      hasEnded = true;
      if (!isTaking && settle()) resolve();
    };
    const onGone = (): void => {
      if (!hasEnded) fail(timeout('the client closed the connection inside the body'));
    };
    const fail = (error: Error): void => {
      if (settle()) reject(error);
    };
    const settle = (): boolean => {
      if (isOver) return false;
      isOver = true;
      clearTimeout(idle);
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
