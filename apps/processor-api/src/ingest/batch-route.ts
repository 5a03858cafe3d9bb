import type { Answer, Exchange } from '../http/exchange';
import type { RecordRoute } from '../http/record-routes';
import type { BatchReader } from './batch-reader';
import { RECORD_PATHS } from './record-paths';

/** Accepts up to a thousand events, each for itself. */
export class BatchRoute implements RecordRoute {
  readonly paths = RECORD_PATHS.batch;
  readonly access = 'ingest';

  constructor(private readonly reader: BatchReader) {}

  async answer(exchange: Exchange): Promise<Answer> {
    const results = await this.reader.read(exchange);
    const refused = results.filter(({ status }) => status !== 202);
    exchange.outcome.records = { accepted: results.length - refused.length, refused: refused.length };
    const waits = refused.flatMap(({ retryAfter }) => retryAfter ?? []);
    return {
      status: refused.length === 0 ? 202 : 207,
      headers: {
        ...(waits.length > 0 && { 'retry-after': String(Math.max(...waits)) }),
        // The rest of a body that stopped can no longer be told from a next request.
        ...(refused.at(-1)?.status === 408 && { connection: 'close' }),
      },
      body: { results },
    };
  }
}
