import { constants, createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { PipelineError } from '@libs/domain';
import type { ContentEncoding } from './content-encoding';
import type { TakePiece } from './raw-pieces';

/**
 * Zero vectors are what honest bodies compress best: a batch of them expands 240 times out of gzip and 320 out of
 * zstd, one of real vectors less than twice. A gzip bomb does 1,032 times, one of zstd more than 10,000.
 */
const MAX_RATIO = 500;
/** Of a small body any ratio will do: a vector of 8192 zeros is one. */
const RATIO_FREE_BYTES = 64 * 1024;
const CHUNK_BYTES = 16 * 1024;
const INFLATE_BYTES = 48 * 1024;
/** 8 MiB, which senders must keep to: RFC 9659, section 3. */
const ZSTD_WINDOW_LOG_MAX = 23;

export interface InflaterLimits {
  readonly maxBytes: number;
  /** Told how much the decoder holds, at most; may throw to end it. */
  readonly onDecoderBytes: (bytes: number) => void;
}

/**
 * Expands one gzip member or zstd frame in the thread pool, piece by piece, no faster than `take` goes on.
 *
 * Each method rejects with PipelineError `body_too_large` (also where it expands more than 500 times),
 * `invalid_compression`, or what `take` rejected with.
 */
export class Inflater {
  private readonly decoder: Gunzip | ZstdDecompress;
  private readonly ended: Promise<void>;
  private fedBytes = 0;
  private madeBytes = 0;
  private fault: Error | undefined;
  private taking: Promise<void> | undefined;

  constructor(
    private readonly encoding: Exclude<ContentEncoding, 'identity'>,
    private readonly limits: InflaterLimits,
    private readonly take: TakePiece,
  ) {
    this.decoder =
      encoding === 'gzip'
        ? createGunzip({ chunkSize: CHUNK_BYTES, rejectGarbageAfterEnd: true })
        : createZstdDecompress({
            chunkSize: CHUNK_BYTES,
            rejectGarbageAfterEnd: true,
            params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
          });
    this.ended = new Promise((resolve, reject) => {
      this.decoder
        .on('data', (piece: Buffer) => {
          this.pass(piece);
        })
        .on('end', resolve)
        .on('error', (error) => {
          this.fault ??= new PipelineError('invalid_compression', messageOf(error, encoding), {
            cause: error,
          });
          reject(this.fault);
        })
        .on('close', () => {
          reject(this.fault ?? new PipelineError('invalid_compression', 'the body was given up'));
        });
    });
    this.ended.catch(() => undefined);
  }

  /** Resolves once `piece` is expanded and all of it taken. */
  async write(piece: Buffer): Promise<void> {
    this.fedBytes += piece.length;
    const written = new Promise<void>((resolve) => {
      this.decoder.write(piece, () => {
        resolve();
      });
    });
    await Promise.race([written, this.ended]);
    if (this.fault) throw this.fault;
  }

  /** Resolves once everything is taken, if what came was whole and nothing followed it. */
  async end(): Promise<void> {
    this.decoder.end();
    await this.ended;
    await this.taking; // a paused stream tells its end all the same
    if (this.decoder.bytesWritten !== this.fedBytes) {
      throw new PipelineError(
        'invalid_compression',
        `something follows the ${this.encoding} data, or it was cut`,
      );
    }
  }

  /** Frees the decoder; what it still had is dropped. */
  destroy(): void {
    this.decoder.destroy();
  }

  private pass(piece: Buffer): void {
    this.madeBytes += piece.length;
    try {
      this.checkLimits();
      const taken = this.take(piece);
      this.taking = taken;
      if (!taken) return;
      this.decoder.pause();
      taken.then(
        () => this.decoder.resume(),
        (error: unknown) => {
          this.fail(error as Error);
        },
      );
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private checkLimits(): void {
    const { maxBytes, onDecoderBytes } = this.limits;
    if (this.madeBytes > maxBytes) {
      throw new PipelineError(
        'body_too_large',
        `the body must be at most ${maxBytes} bytes when it is expanded`,
      );
    }
    if (this.madeBytes > RATIO_FREE_BYTES && this.madeBytes > MAX_RATIO * this.decoder.bytesWritten) {
      throw new PipelineError('body_too_large', `the body must not expand more than ${MAX_RATIO} times`);
    }
    const window = this.encoding === 'gzip' ? INFLATE_BYTES : 2 ** ZSTD_WINDOW_LOG_MAX;
    onDecoderBytes(Math.min(this.madeBytes, window));
  }

  private fail(error: Error): void {
    this.fault ??= error;
    this.decoder.destroy(error);
  }
}

function messageOf(error: NodeJS.ErrnoException, encoding: string): string {
  if (error.code === 'Z_BUF_ERROR') return `the body ends inside its ${encoding} data`;
  if (error.code === 'ERR_TRAILING_JUNK_AFTER_STREAM_END') return `something follows the ${encoding} data`;
  if (error.code === 'ZSTD_error_frameParameter_windowTooLarge') {
    return 'the zstd window must be at most 8 MiB (RFC 9659)';
  }
  return `the body is not ${encoding}`;
}
