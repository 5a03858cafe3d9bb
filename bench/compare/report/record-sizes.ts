import { derivedValues } from '@libs/domain';
import { mongo } from 'mongoose';
import { toDocument } from '../../../apps/metadata-worker/src/adapters/mongo/gpu-metadata.document';
import { recordText } from '../ingest/records';
import { SinkRecords } from '../sink/sink-records';

/** Bytes of one record of the bench on each part of its way, without the frames of HTTP and Kafka. */
export interface RecordSizes {
  readonly jsonBody: number;
  readonly packedBody: number;
  readonly onTopic: number;
  readonly document: number;
}

export function recordSizes(dimension: number): RecordSizes {
  const bodyBytes = (form: 'json' | 'packed'): number =>
    Buffer.byteLength(recordText({ form, dimension, connections: 1, batchSize: 1 }, 0, 0));
  const records = new SinkRecords(1, dimension);
  const at = new Date(Date.UTC(2026, 0, 1));
  const { key, value, headers } = records.recordAt(0, at);
  const event = records.eventAt(0, at);
  const position = { topic: 'gpu-metadata', partition: 0, offset: 0n };
  const pipeline = { tags: [], position, workerVersion: '0.1.0', ingestLatencyMs: 1 };
  const document = toDocument({ ...event, ...derivedValues(event), processedAt: at, pipeline }, 'vector');
  return {
    jsonBody: bodyBytes('json'),
    packedBody: bodyBytes('packed'),
    onTopic: key.length + value.length + Object.entries(headers).flat().join('').length,
    document: mongo.BSON.calculateObjectSize(document),
  };
}
