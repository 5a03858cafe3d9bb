import { packedJson, type EmbeddingForm, type PackedJson } from '@libs/contracts';
import type { Detail, StoredMetadata, StreamPosition } from '@libs/domain';

/** A document as reads answer it: the request's field names and what was added since. Dates become RFC 3339 text. */
export interface MetadataBody extends Omit<
  StoredMetadata,
  'embedding' | 'gpu' | 'memoryUtilization' | 'pipeline'
> {
  /** Not there where it was not asked for. */
  readonly embedding?: PackedJson | readonly number[];
  readonly gpu: StoredMetadata['gpu'] & { readonly memoryUtilization: number | null };
  readonly pipeline: Omit<StoredMetadata['pipeline'], 'position'> &
    Omit<StreamPosition, 'offset'> & {
      /** Text where a JSON number would not be exact. */
      readonly offset: number | string;
    };
}

/** The answer for one document; its vector in `form`, or left out. */
export function metadataBody(stored: StoredMetadata, form?: EmbeddingForm): MetadataBody {
  const { eventId, model, embedding, gpu, memoryUtilization, pipeline, ...same } = stored;
  const { position, ...processing } = pipeline;
  const { topic, partition, offset } = position;
  return {
    eventId,
    model,
    ...(embedding &&
      form && { embedding: form === 'packed' ? packedJson(embedding) : Array.from(embedding) }),
    gpu: { ...gpu, memoryUtilization },
    ...same,
    pipeline: { topic, partition, offset: exact(offset), ...processing },
  };
}

/** What must be read to answer in `form`. */
export function detailFor(form: EmbeddingForm | undefined): Detail {
  return form ? 'with-embedding' : 'without-embedding';
}

function exact(offset: bigint): number | string {
  return offset <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(offset) : String(offset);
}
