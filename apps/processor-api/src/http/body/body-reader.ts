import type { IncomingMessage } from 'node:http';
import type { BodyBudget } from './body-budget';
import { GatheredBytes } from './gathered-bytes';
import { takePieces } from './pieces';
import type { RawLimits } from './raw-pieces';

/** Reads whole bodies in each encoding, within what all unfinished ones together may hold. */
export class BodyReader {
  constructor(
    private readonly limits: RawLimits,
    private readonly budget: BodyBudget,
  ) {}

  /**
   * Leaves the rest of a refused body unread: `drainRest` drops it after the answer.
   *
   * @throws UnsupportedEncoding; PipelineError `body_too_large`, `request_timeout`, `invalid_compression`, `overloaded`
   */
  async read(request: IncomingMessage): Promise<Buffer> {
    const body = new GatheredBytes();
    const share = this.budget.open();
    const { onDecoderBytes } = share;
    try {
      await takePieces(request, { ...this.limits, onDecoderBytes }, (piece) => {
        body.append(piece);
        share.resize(body.capacity);
        return undefined;
      });
      return body.bytes;
    } finally {
      share.release();
    }
  }
}
