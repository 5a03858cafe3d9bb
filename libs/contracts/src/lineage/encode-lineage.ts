import type { AcceptedLineage, LineageEvent } from '@libs/domain';
import type { EncodedRecord } from '../gpu-metadata/encode-record';
import { eventHeaders, newTraceparent, PRODUCER_KEY_ID } from '../stream/record-headers';
import { GPU_METRICS_TOPIC, TOKEN_USAGE_TOPIC } from '../stream/topics';

const TOPICS: Readonly<Record<LineageEvent['kind'], string>> = {
  'gpu-metrics': GPU_METRICS_TOPIC,
  'token-usage': TOKEN_USAGE_TOPIC,
};

/** A record ready for the topic of its kind. */
export interface EncodedLineage extends EncodedRecord {
  readonly topic: string;
}

/**
 * The record of an accepted event: the fields as they were written, since consumers take the identity of them, under
 * a key that keeps one identity in one partition. Whose it is stands in a header: the value is the producer's own.
 */
export function encodeLineage(
  { event, written, acceptedAt, producer: { keyId } }: AcceptedLineage,
  traceparent = newTraceparent(),
): EncodedLineage {
  const type = `${event.kind}.accepted.v1`;
  return {
    topic: TOPICS[event.kind],
    key: Buffer.from(event.id),
    value: Buffer.from(JSON.stringify(written)),
    headers: {
      ...eventHeaders({ id: event.id, type, time: acceptedAt.toISOString(), traceparent }),
      ...(keyId !== null && { [PRODUCER_KEY_ID]: keyId }),
    },
  };
}
