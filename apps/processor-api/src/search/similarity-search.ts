import { cosineSimilarity, type Neighbours, type SimilarityQuery, type StoredMetadata } from '@libs/domain';
import type { Candidate, VectorDocument, VectorIndex } from '@libs/vector-index';
import type { IndexKeeper } from './index-keeper';
import { NearestList, type Scored } from './nearest-list';
import type { VectorSource } from './vector-source';

/** Documents that are read at once to be rescored. */
const RESCORE_COUNT = 64;

/** How often an index that turned out to be behind is asked again. */
const MAX_TRIES = 5;

type Read = Required<StoredMetadata>;

interface Found extends Scored {
  readonly document: Read;
}

/**
 * Finds the nearest of the documents in the index. Every score is computed in double precision from the document as it
 * is now.
 */
export class SimilaritySearch {
  constructor(
    private readonly index: VectorIndex,
    private readonly keeper: Pick<IndexKeeper, 'coveredAfterMs' | 'asOf' | 'fault' | 'report'>,
  ) {}

  /**
   * Reads candidates until `isOver`, then answers with what it has.
   *
   * @throws ReadTimeout, StoreUnavailable
   */
  async nearest(query: SimilarityQuery, source: VectorSource, isOver: () => boolean): Promise<Neighbours> {
    const { coveredAfterMs, asOf = new Date(), fault, report } = this.keeper;
    // Of a database that answers nothing at all an empty answer would tell something.
    if (this.index.size === 0 && fault) throw fault;
    const run = new SearchRun(query, this.index, source);
    const isSound = await run.find(isOver);
    const { from } = query.filter;
    const isCovered = coveredAfterMs === -Infinity || (from !== undefined && from.getTime() > coveredAfterMs);
    const { bytes, ...progress } = report;
    const { neighbours, scanned } = run;
    return { neighbours, scanned, exhaustive: isSound && isCovered, index: progress, asOf };
  }
}

/** One search: what it found, and how many vectors it compared. */
class SearchRun {
  private best: NearestList<Found>;
  scanned = 0;

  constructor(
    private readonly query: SimilarityQuery,
    private readonly index: VectorIndex,
    private readonly source: VectorSource,
  ) {
    this.best = new NearestList(query.k);
  }

  /** False when the time was over, or the index changed too often, before all candidates were read. */
  async find(isOver: () => boolean): Promise<boolean> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { candidates, scanned } = this.index.candidates(this.query);
      this.scanned = scanned;
      this.best = new NearestList(this.query.k);
      const outcome = await this.rescore(candidates, isOver);
      if (outcome !== 'behind') return outcome === 'sound';
    }
    return false;
  }

  get neighbours(): Neighbours['neighbours'] {
    return this.best.items.map(({ score, document: { embedding, ...metadata } }) => ({ score, metadata }));
  }

  /** Scores the candidates; where the index was `behind`, it no longer is about these. */
  private async rescore(
    candidates: readonly Candidate[],
    isOver: () => boolean,
  ): Promise<'sound' | 'behind' | 'cut-off'> {
    let isBehind = false;
    for (let at = 0; at < candidates.length; at += RESCORE_COUNT) {
      const portion = candidates.slice(at, at + RESCORE_COUNT);
      if (portion[0]!.upperBound < this.best.threshold) break;
      if (isOver()) return 'cut-off';
      const documents = await this.source.documents(portion.map(({ eventId }) => eventId));
      const byId = new Map(documents.map((document) => [document.eventId, document]));
      for (const { eventId } of portion) {
        const document = byId.get(eventId);
        if (this.isAsIndexed(eventId, document)) this.offer(document!);
        else isBehind = true;
      }
    }
    return isBehind ? 'behind' : 'sound';
  }

  private isAsIndexed(eventId: string, document: Read | undefined): boolean {
    const row = this.index.get(eventId);
    if (!document) {
      this.index.remove(eventId);
      return false;
    }
    // One that is older than the index knows comes from a replica that lags behind.
    if (!row || document.acceptedAt.getTime() <= row.acceptedAtMs) return true;
    this.index.addAll([asIndexed(document)], row.metIn);
    return false;
  }

  private offer(document: Read): void {
    const { embedding: query } = this.query;
    const { eventId, embedding } = document;
    const score = embedding.length === query.length ? cosineSimilarity(query, embedding) : undefined;
    if (score !== undefined) this.best.offer({ eventId, score, document });
  }
}

function asIndexed(document: Read): VectorDocument {
  const { eventId, model, gpu, tags, embedding, capturedAt, acceptedAt } = document;
  return {
    eventId,
    capturedAtMs: capturedAt.getTime(),
    acceptedAtMs: acceptedAt.getTime(),
    model,
    deviceName: gpu.deviceName,
    tags,
    embedding,
  };
}
