import { euclideanNorm, type MetadataFilter, type StoredMetadata } from '@libs/domain';
import { acceptedMetadata } from '@libs/domain/testing';
import type { ListedDocument, VectorDocument } from '@libs/vector-index';
import { VectorSource, type CaptureWindow } from '../vector-source';

const PORTION = 7;

/** Documents in a Map; each read throws `failure`, where there is one; what the index is loaded by waits for `gate`. */
export class InMemoryVectorSource extends VectorSource {
  readonly stored = new Map<string, VectorDocument>();
  gate = (): Promise<void> => Promise.resolve();
  failure: Error | undefined;
  /** Vectors that were read by id. */
  vectorsRead = 0;

  put(document: Partial<VectorDocument> & Pick<VectorDocument, 'eventId' | 'embedding'>): void {
    const rest = { capturedAtMs: Date.UTC(2026, 0), acceptedAtMs: 0, model: 'm', deviceName: 'd', tags: [] };
    this.stored.set(document.eventId, { ...rest, ...document });
  }

  count(): Promise<number> {
    return this.answer(this.stored.size);
  }

  async *list(afterId = ''): AsyncIterable<readonly ListedDocument[]> {
    const ids = [...this.stored.keys()].filter((eventId) => eventId > afterId).sort();
    for (let at = 0; at < ids.length; at += PORTION) {
      const portion = ids.slice(at, at + PORTION).flatMap((eventId) => this.stored.get(eventId) ?? []);
      yield await this.answer(portion.map(({ embedding, ...listed }) => listed));
    }
  }

  async *captured({ afterMs, untilMs }: CaptureWindow): AsyncIterable<readonly ListedDocument[]> {
    yield await this.answer(
      [...this.stored.values()].filter(
        ({ capturedAtMs }) => capturedAtMs > afterMs && capturedAtMs <= untilMs,
      ),
    );
  }

  vectors(eventIds: readonly string[]): Promise<readonly VectorDocument[]> {
    this.vectorsRead += eventIds.length;
    return this.answer(eventIds.flatMap((eventId) => this.stored.get(eventId) ?? []));
  }

  documents(eventIds: readonly string[]): Promise<readonly Required<StoredMetadata>[]> {
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve(eventIds.flatMap((eventId) => this.stored.get(eventId) ?? []).map(toStored));
  }

  private async answer<T>(value: T): Promise<T> {
    await this.gate();
    if (this.failure) throw this.failure;
    return value;
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
