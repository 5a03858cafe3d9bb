import { euclideanNorm } from './embedding';
import { AcceptedMetadata, GpuDevice } from './gpu-metadata';
import { RecordedMetadata } from './recorded-metadata';

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
