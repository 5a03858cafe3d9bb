import { encodeRecord, RECORD_HEADERS } from '@libs/contracts';
import { PACKED_ENCODING } from '@libs/domain';
import type { LineageRecords } from '../records/lineage-records';
import type { MetadataRecord, MetadataRecords } from '../records/metadata-records';

/** CloudEvents' source: it was not the API that took these. */
const EVENT_SOURCE = '/load-producer';

/** What kafkajs calls a message. */
export interface KeyedMessage {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers?: Record<string, string>;
  /** Where the partitioner puts it. */
  partition?: number;
}

/** A record of the run as it goes onto its topic. */
export function messageOf(records: MetadataRecords | LineageRecords, index: number): KeyedMessage {
  if (!('topic' in records)) return metadataMessage(records.at(index));
  // As producers inside the network write these topics: without headers.
  const { id, fields } = records.at(index);
  return { key: Buffer.from(id), value: Buffer.from(JSON.stringify(fields)) };
}

function metadataMessage({ fields, embedding }: MetadataRecord): KeyedMessage {
  const capturedAt = new Date(fields.capturedAt);
  const data = Buffer.from(embedding.base64(), 'latin1');
  const { key, value, headers } = encodeRecord({
    ...fields,
    capturedAt,
    acceptedAt: capturedAt,
    embedding: { encoding: PACKED_ENCODING, dimension: embedding.dimension, data },
    producer: { keyId: null },
  });
  return { key, value, headers: { ...headers, [RECORD_HEADERS.source]: EVENT_SOURCE } };
}
