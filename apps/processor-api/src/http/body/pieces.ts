import type { IncomingMessage } from 'node:http';
import { contentEncodingOf } from './content-encoding';
import { Inflater } from './inflater';
import { takeRawPieces, type RawLimits, type TakePiece } from './raw-pieces';

/** `maxBytes` bounds a body twice: as it comes, and as it expands. */
export interface PieceLimits extends RawLimits {
  /** Told how much the decoder holds, at most; may throw to end the reading. */
  readonly onDecoderBytes: (bytes: number) => void;
}

/**
 * Hands over a body piece by piece, expanded, no faster than `take` goes on. Leaves the rest of a refused one unread.
 *
 * @throws UnsupportedEncoding; PipelineError `body_too_large`, `request_timeout`, `invalid_compression`;
 *   what `take` throws or rejects with
 */
export async function takePieces(
  request: IncomingMessage,
  limits: PieceLimits,
  take: TakePiece,
): Promise<void> {
  const encoding = contentEncodingOf(request.headers);
  if (encoding === 'identity') return takeRawPieces(request, limits, take);
  const inflater = new Inflater(encoding, limits, take);
  try {
    await takeRawPieces(request, limits, (piece) => inflater.write(piece));
    await inflater.end();
    return;
  } finally {
    inflater.destroy();
  }
}
