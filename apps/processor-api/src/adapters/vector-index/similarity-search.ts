import type { Neighbours, SimilarityQuery } from '@libs/domain';
import type { IndexKeeper } from './index-keeper';
import { SearchRun } from './search-run';
import type { VectorIndex } from './vector-index';
import type { VectorSource } from './vector-source';

/**
 * Finds the nearest documents: candidates out of the index, then a scan of the documents that it does not cover.
 * Every score is computed in double precision from the document as it is now.
 */
export class SimilaritySearch {
  constructor(
    private readonly index: VectorIndex,
    private readonly keeper: Pick<IndexKeeper, 'coverage' | 'asOf'>,
  ) {}

  /**
   * Looks further until `isOver`, then answers with what it has.
   *
   * @throws ReadTimeout, StoreUnavailable
   */
  async nearest(query: SimilarityQuery, source: VectorSource, isOver: () => boolean): Promise<Neighbours> {
    const startedAt = new Date();
    const run = new SearchRun(query, source, isOver);
    const coveredAfterMs = this.keeper.coverage.afterMs;
    if (coveredAfterMs < Infinity) await run.askIndex(this.index, coveredAfterMs);
    if (run.exhaustive) await run.scan(coveredAfterMs);
    const neighbours = await run.neighbours();
    const { scanned, exhaustive } = run;
    const asOf = coveredAfterMs < Infinity ? (this.keeper.asOf ?? startedAt) : startedAt;
    return { neighbours, scanned, exhaustive, asOf };
  }
}
