import { euclideanNorm, type MetadataFilter, type StoredMetadata } from '@libs/domain';
import { acceptedMetadata } from '@libs/domain/testing';
import type { CaptureWindow } from '../capture-windows';
import { VectorSource, type ListedDocument, type VectorDocument } from '../vector-source';

const PORTION = 7;

/** Documents in a Map; `failure`, when set, is thrown by whatever reads. */
export class InMemoryVectorSource extends VectorSource {
  readonly stored = new Map<string, VectorDocument>();
  failure: Error | undefined;
  /** Vectors that were read by id, and by scans. */
  readonly reads = { byId: 0, scanned: 0 };

  put(document: Partial<VectorDocument> & Pick<VectorDocument, 'eventId' | 'embedding'>): void {
    const rest = { capturedAtMs: Date.UTC(2026, 0), acceptedAtMs: 0, model: 'm', deviceName: 'd', tags: [] };
    this.stored.set(document.eventId, { ...rest, ...document });
  }

  async *list(window: CaptureWindow): AsyncIterable<readonly ListedDocument[]> {
    for (const portion of this.within(window)) {
      yield await this.answer(portion.map(({ embedding, ...listed }) => listed));
    }
  }

  async *scan(window: CaptureWindow, filter: MetadataFilter): AsyncIterable<readonly VectorDocument[]> {
    for (const portion of this.within(window)) {
      this.reads.scanned += portion.length;
      yield await this.answer(portion.filter((document) => isMeant(document, filter)));
    }
  }

  vectors(eventIds: readonly string[]): Promise<readonly VectorDocument[]> {
    this.reads.byId += eventIds.length;
    return this.answer(eventIds.flatMap((eventId) => this.stored.get(eventId) ?? []));
  }

  async documents(eventIds: readonly string[]): Promise<readonly Required<StoredMetadata>[]> {
    return (await this.vectors(eventIds)).map(toStored);
  }

  private *within({ afterMs, untilMs }: CaptureWindow): Iterable<VectorDocument[]> {
    const all = [...this.stored.values()].filter(
      ({ capturedAtMs }) => capturedAtMs > afterMs && capturedAtMs <= untilMs,
    );
    for (let at = 0; at < all.length; at += PORTION) yield all.slice(at, at + PORTION);
  }

  private answer<T>(value: T): Promise<T> {
    return this.failure ? Promise.reject(this.failure) : Promise.resolve(value);
  }
}

/** Whether a filter means a document: the rule in its plainest form. */
export function isMeant(
  document: VectorDocument,
  { model, deviceName, tag, from, to }: MetadataFilter,
): boolean {
  return (
    (model === undefined || document.model === model) &&
    (deviceName === undefined || document.deviceName === deviceName) &&
    (tag === undefined || document.tags.includes(tag)) &&
    (from === undefined || document.capturedAtMs >= from.getTime()) &&
    (to === undefined || document.capturedAtMs < to.getTime())
  );
}

function toStored(document: VectorDocument): Required<StoredMetadata> {
  const { eventId, model, embedding, tags } = document;
  const [capturedAt, acceptedAt] = [new Date(document.capturedAtMs), new Date(document.acceptedAtMs)];
  const accepted = acceptedMetadata({ eventId, model, embedding, tags, capturedAt, acceptedAt });
  return {
    ...accepted,
    embeddingDimension: embedding.length,
    embeddingNorm: euclideanNorm(embedding),
    gpu: { ...accepted.gpu, deviceName: document.deviceName },
    memoryUtilization: null,
    source: { kind: 'other' },
    processedAt: acceptedAt,
    pipeline: {
      tags: [],
      position: { topic: 'gpu-metadata', partition: 0, offset: 0n },
      workerVersion: '0',
      ingestLatencyMs: null,
    },
  };
}
