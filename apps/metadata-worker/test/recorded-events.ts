import { randomUUID } from 'node:crypto';
import { acceptedMetadata } from '@libs/domain/testing';
import type { RecordedMetadata, StoreOutcome } from '@libs/domain';

export const second = (n: number): Date => new Date(Date.UTC(2026, 10, 21, 5, 0, n));

/** An enriched event; name only what the test is about. */
export function recordedMetadata(changes: Partial<RecordedMetadata> = {}): RecordedMetadata {
  return {
    ...acceptedMetadata({ eventId: randomUUID() }),
    embeddingDimension: 2,
    embeddingNorm: 5,
    memoryUtilization: 0.25,
    processedAt: new Date(),
    pipeline: {
      tags: ['test'],
      position: { topic: 'gpu-metadata', partition: 2, offset: 2n ** 53n + 1n },
      workerVersion: '0.0.0',
      ingestLatencyMs: 12,
    },
    ...changes,
  };
}

export const kindsOf = (outcomes: readonly StoreOutcome[]): string[] => outcomes.map(({ kind }) => kind);
