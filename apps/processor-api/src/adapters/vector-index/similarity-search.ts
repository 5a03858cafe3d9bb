import {
  cosineSimilarity,
  ReadTimeout,
  type Neighbour,
  type Neighbours,
  type SimilarityQuery,
  type StoredMetadata,
} from '@libs/domain';
import type { Candidate } from './best-bounds';
import { CaptureWindows } from './capture-windows';
import type { IndexKeeper } from './index-keeper';
import { NearestList, type Scored } from './nearest-list';
import type { VectorIndex } from './vector-index';
import type { VectorDocument, VectorSource } from './vector-source';

/** Documents that are read at once to be rescored. */
const RESCORE_COUNT = 64;

/** How often an index that turned out to be behind is asked again. */
const MAX_TRIES = 5;

type Read = Required<StoredMetadata>;

/** A document found; `document` once it was read whole. */
interface Found extends Scored {
  readonly document?: Read;
}

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

/** One search: what it found, and how much of what is there it compared. */
class SearchRun {
  private best: NearestList<Found>;
  private fromIndex = 0;
  private fromScan = 0;
  /** Everything that the query means was compared. */
  exhaustive = true;

  /** `isOver` tells when looking further ends: what was found by then is the answer. */
  constructor(
    private readonly query: SimilarityQuery,
    private readonly source: VectorSource,
    private readonly isOver: () => boolean,
  ) {
    this.best = new NearestList(query.k);
  }

  get scanned(): number {
    return this.fromIndex + this.fromScan;
  }

  /** Looks at what is captured later than `capturedAfterMs`, through the index. */
  async askIndex(index: VectorIndex, capturedAfterMs: number): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { candidates, scanned } = index.candidates({ ...this.query, capturedAfterMs });
      this.fromIndex = scanned;
      this.best = new NearestList(this.query.k);
      if (await this.rescore(candidates, index)) return;
    }
    this.exhaustive = false;
  }

  /** Looks at everything captured until `untilMs`, in the database. */
  async scan(untilMs: number): Promise<void> {
    const { filter, embedding } = this.query;
    const whole = {
      afterMs: filter.from ? filter.from.getTime() - 1 : -Infinity,
      untilMs: Math.min(untilMs, filter.to ? filter.to.getTime() - 1 : Infinity),
    };
    const windows = new CaptureWindows(whole, Date.now());
    try {
      for (let window = windows.next(); window; window = windows.next()) {
        let found = 0;
        for await (const portion of this.source.scan(window, filter)) {
          found += portion.length;
          for (const document of portion) this.compare(document, embedding);
          if (this.isOver()) break;
        }
        if (this.isOver()) {
          this.exhaustive = false;
          return;
        }
        windows.found(found);
      }
    } catch (error) {
      // Of a database that answers nothing at all a part is no answer either.
      if (!(error instanceof ReadTimeout) || this.scanned === 0) throw error;
      this.exhaustive = false;
    }
  }

  /** The nearest, as they are now. */
  async neighbours(): Promise<readonly Neighbour[]> {
    const missing = this.best.items.filter(({ document }) => !document).map(({ eventId }) => eventId);
    const read = missing.length === 0 ? [] : await this.source.documents(missing);
    if (read.length < missing.length) this.exhaustive = false;
    const nearest = new NearestList<Found & { readonly document: Read }>(this.query.k);
    for (const document of [...this.best.items.flatMap((found) => found.document ?? []), ...read]) {
      const score = this.scoreOf(document.embedding);
      if (score !== undefined) nearest.offer({ eventId: document.eventId, score, document });
    }
    return nearest.items.map(({ score, document: { embedding, ...metadata } }) => ({ score, metadata }));
  }

  /** Scores the candidates; false when the index was behind, which it no longer is about these. */
  private async rescore(candidates: readonly Candidate[], index: VectorIndex): Promise<boolean> {
    let isSound = true;
    for (let at = 0; at < candidates.length; at += RESCORE_COUNT) {
      const portion = candidates.slice(at, at + RESCORE_COUNT);
      if (portion[0]!.upperBound < this.best.threshold) break;
      if (this.isOver()) {
        this.exhaustive = false;
        break;
      }
      const documents = await this.source.documents(portion.map(({ eventId }) => eventId));
      const byId = new Map(documents.map((document) => [document.eventId, document]));
      for (const { eventId } of portion) {
        const document = byId.get(eventId);
        if (this.isAsIndexed(eventId, document, index)) this.offer(document!);
        else isSound = false;
      }
    }
    return isSound;
  }

  private isAsIndexed(eventId: string, document: Read | undefined, index: VectorIndex): boolean {
    const row = index.get(eventId);
    if (!document) {
      index.remove(eventId);
      return false;
    }
    // One that is older than the index knows comes from a replica that lags behind.
    if (!row || document.acceptedAt.getTime() <= row.acceptedAtMs) return true;
    const { seenIn } = row;
    if (index.addAll([asIndexed(document)], seenIn).length > 0) index.remove(eventId);
    return false;
  }

  private compare({ eventId, embedding }: VectorDocument, query: Float32Array): void {
    if (embedding.length !== query.length) return;
    const score = cosineSimilarity(query, embedding);
    if (score === undefined) return;
    this.fromScan += 1;
    this.best.offer({ eventId, score });
  }

  private offer(document: Read): void {
    const score = this.scoreOf(document.embedding);
    if (score !== undefined) this.best.offer({ eventId: document.eventId, score, document });
  }

  private scoreOf(embedding: Float32Array): number | undefined {
    const { embedding: query } = this.query;
    return embedding.length === query.length ? cosineSimilarity(query, embedding) : undefined;
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
