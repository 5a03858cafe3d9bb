import { euclideanNorm } from './embedding';
import { AcceptedMetadata, GpuDevice } from './gpu-metadata';

/** A record's place in the event stream. */
export interface StreamPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** An accepted event as it was delivered to the worker. */
export interface DeliveredMetadata {
  readonly metadata: AcceptedMetadata;
  /** Where it was first published; a replay keeps it. */
  readonly position: StreamPosition;
  readonly replayed: boolean;
}

/** An event with everything the worker adds before it is stored. */
export interface RecordedMetadata extends AcceptedMetadata {
  readonly embeddingDimension: number;
  /** Euclidean (L2) norm. */
  readonly embeddingNorm: number;
  /** Allocated ÷ total memory, past 1 for managed and unified memory; null when either is unknown or the total is 0. */
  readonly memoryUtilization: number | null;
  readonly processedAt: Date;
  readonly pipeline: {
    readonly tags: readonly string[];
    readonly position: StreamPosition;
    readonly workerVersion: string;
    /** `processedAt` − `acceptedAt`, at least 0; null for replayed records. */
    readonly ingestLatencyMs: number | null;
  };
}

/** What follows from an event alone, the same whenever it is computed. */
export type DerivedValues = Pick<
  RecordedMetadata,
  'embeddingDimension' | 'embeddingNorm' | 'memoryUtilization'
>;

export function derivedValues({ embedding, gpu }: AcceptedMetadata): DerivedValues {
  return {
    embeddingDimension: embedding.length,
    embeddingNorm: euclideanNorm(embedding),
    memoryUtilization: memoryUtilization(gpu),
  };
}

function memoryUtilization({ allocatedMemoryBytes, totalMemoryBytes }: GpuDevice): number | null {
  if (allocatedMemoryBytes === null || totalMemoryBytes === null || totalMemoryBytes === 0) return null;
  return allocatedMemoryBytes / totalMemoryBytes;
}
