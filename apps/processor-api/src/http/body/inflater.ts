import {
  constants,
  createGunzip,
  createInflate,
  createZstdDecompress,
  type Gunzip,
  type Inflate,
  type ZstdDecompress,
} from 'node:zlib';
import { PipelineError } from '@libs/domain';
import type { ContentEncoding } from './content-headers';

/** Takes a piece; nothing more comes before it resolves, and a rejection ends the reading. */
export type TakePiece = (piece: Buffer) => Promise<void>;

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
/** Each frame takes a decoder of its own, which costs 0.14 ms: 64 of them about what 1 MiB of JSON costs. */
const MIN_ZSTD_FRAME_BYTES = 4_096;
const FREE_ZSTD_FRAMES = 64;

type Decoder = Gunzip | Inflate | ZstdDecompress;

export interface InflaterLimits {
  readonly maxBytes: number;
  /** Told how much the decoder holds, at most; may throw to end it. */
  readonly onDecoderBytes: (bytes: number) => void;
}

/**
 * Expands gzip members, one zlib stream or zstd frames in the thread pool, piece by piece, no faster than `take` goes
 * on.
 *
 * Each method rejects with PipelineError `body_too_large` (also where it expands more than 500 times),
 * `invalid_compression`, or what `take` rejected with.
 */
export class Inflater {
  private decoder!: Decoder;
  private ended!: Promise<void>;
  private fedBytes = 0;
  /** What the decoders before this one read of those. */
  private readBefore = 0;
  private frames = 0;
  private madeBytes = 0;
  private fault: Error | undefined;
  private taking: Promise<void> | undefined;

  constructor(
    private readonly encoding: Exclude<ContentEncoding, 'identity'>,
    private readonly limits: InflaterLimits,
    private readonly take: TakePiece,
  ) {
    this.openDecoder();
  }

  /** Resolves once `piece` is expanded and all of it taken. */
  async write(piece: Buffer): Promise<void> {
    this.fedBytes += piece.length;
    await this.feed(piece);
    // Node's gunzip reads member after member, its zstd decoder ends behind a frame that others follow in a piece.
    while (this.readBytes < this.fedBytes) {
      const rest = piece.subarray(piece.length - (this.fedBytes - this.readBytes));
      if (this.encoding !== 'zstd') throw this.invalid('something follows the data');
      await this.takeRest();
      this.checkFrames();
      this.readBefore = this.readBytes;
      this.decoder.destroy();
      this.openDecoder();
      await this.feed(rest);
    }
  }

  /** Resolves once everything is taken, if what came was whole. */
  async end(): Promise<void> {
    this.decoder.end();
    await this.takeRest();
  }

  /** Frees the decoder; what it still had is dropped. */
  destroy(): void {
    this.decoder.destroy();
  }

  private get readBytes(): number {
    return this.readBefore + this.decoder.bytesWritten;
  }

  private openDecoder(): void {
    const decoder = decoderOf(this.encoding);
    this.decoder = decoder;
    this.frames += 1;
    this.ended = new Promise((resolve, reject) => {
      decoder
        .on('data', (piece: Buffer) => {
          this.pass(piece);
        })
        .on('end', resolve)
        .on('error', (error) => {
          this.fault ??= this.invalid(reasonOf(error, this.encoding), error);
          reject(this.fault);
        })
        .on('close', () => {
          reject(this.fault ?? this.invalid('it was given up'));
        });
    });
    this.ended.catch(() => undefined);
  }

  private async feed(piece: Buffer): Promise<void> {
    const written = new Promise<void>((resolve) => {
      this.decoder.write(piece, () => {
        resolve();
      });
    });
    await Promise.race([written, this.ended]);
    if (this.fault) throw this.fault;
  }

  private async takeRest(): Promise<void> {
    await this.ended;
    await this.taking; // a paused stream tells its end all the same
  }

  private pass(piece: Buffer): void {
    const { decoder } = this;
    this.madeBytes += piece.length;
    try {
      this.checkLimits();
      const taken = this.take(piece);
      this.taking = taken;
      decoder.pause();
      taken.then(
        () => decoder.resume(),
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
    if (this.madeBytes > RATIO_FREE_BYTES && this.madeBytes > MAX_RATIO * this.readBytes) {
      throw new PipelineError('body_too_large', `the body must not expand more than ${MAX_RATIO} times`);
    }
    const window = this.encoding === 'zstd' ? 2 ** ZSTD_WINDOW_LOG_MAX : INFLATE_BYTES;
    onDecoderBytes(Math.min(this.madeBytes, window));
  }

  private checkFrames(): void {
    if (this.frames < FREE_ZSTD_FRAMES + this.madeBytes / MIN_ZSTD_FRAME_BYTES) return;
    throw this.invalid(
      `past ${FREE_ZSTD_FRAMES} frames they must hold ${MIN_ZSTD_FRAME_BYTES} bytes each on average`,
    );
  }

  private fail(error: Error): void {
    this.fault ??= error;
    this.decoder.destroy(error);
  }

  private invalid(reason: string, cause?: Error): PipelineError {
    return new PipelineError('invalid_compression', `the body is not valid ${this.encoding}: ${reason}`, {
      cause,
    });
  }
}

function decoderOf(encoding: Exclude<ContentEncoding, 'identity'>): Decoder {
  switch (encoding) {
    case 'gzip':
      return createGunzip({ chunkSize: CHUNK_BYTES });
    case 'deflate':
      return createInflate({ chunkSize: CHUNK_BYTES });
    case 'zstd':
      return createZstdDecompress({
        chunkSize: CHUNK_BYTES,
        params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
      });
  }
}

function reasonOf(error: NodeJS.ErrnoException, encoding: string): string {
  if (error.code === 'Z_BUF_ERROR') return 'the data ends early';
  if (error.code === 'ZSTD_error_frameParameter_windowTooLarge') {
    return 'its window must be at most 8 MiB (RFC 9659)';
  }
  if (encoding === 'deflate')
    return 'the data is broken, or lacks the header and checksum of zlib (RFC 1950)';
  return 'the data is broken, is something else, or something follows it';
}
