import type { StoredMetadata } from '@libs/domain';

/** A document as reads answer it, without its vector: the request's field names and what was added since. */
export interface MetadataBody extends Omit<
  StoredMetadata,
  'embedding' | 'gpu' | 'memoryUtilization' | 'pipeline'
> {
  readonly gpu: StoredMetadata['gpu'] & { readonly memoryUtilization: number | null };
  readonly pipeline: Omit<StoredMetadata['pipeline'], 'position'> & {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
  };
}

export function metadataBody(stored: StoredMetadata): MetadataBody {
  const { embedding, gpu, memoryUtilization, pipeline, ...same } = stored;
  const { position, ...processing } = pipeline;
  const { topic, partition, offset } = position;
  return {
    ...same,
    gpu: { ...gpu, memoryUtilization },
    pipeline: { topic, partition, offset: Number(offset), ...processing },
  };
}
