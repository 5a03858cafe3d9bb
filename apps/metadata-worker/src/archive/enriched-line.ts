import { derivedValues, type DeliveredMetadata, type RawRecord } from '@libs/domain';
import { positionFields } from './raw-line';

/** Where the vector of an event is: a row of an object in NumPy's format. */
export interface EmbeddingLocation {
  readonly object: string;
  readonly row: number;
}

export interface EnrichedRecord {
  readonly record: RawRecord;
  readonly delivered: DeliveredMetadata;
  /** Undefined where embeddings are not archived. */
  readonly location: EmbeddingLocation | undefined;
}

/** A decoded record as a line of JSON, with everything the worker adds that is the same at each attempt. */
export function enrichedLine(
  { record, delivered, location }: EnrichedRecord,
  pipelineTags: readonly string[],
): string {
  const { metadata, position: origin, replayed } = delivered;
  const { embedding, gpu, ...fields } = metadata;
  const { memoryUtilization, ...derived } = derivedValues(metadata);
  const rest = {
    timestamp: record.timestamp,
    ...fields,
    gpu: { ...gpu, memoryUtilization },
    ...derived,
    embeddingObject: location?.object ?? null,
    embeddingRow: location?.row ?? null,
    pipeline: { tags: pipelineTags },
  };
  const originField = replayed ? `,"origin":{${positionFields(origin)}}` : '';
  return `{${positionFields(record.position)}${originField},${JSON.stringify(rest).slice(1)}`;
}
