import { mongo } from 'mongoose';
import { derivedValues, hourOf, type AcceptedMetadata } from '@libs/domain';
import { acceptedMetadata, deliveredMetadata } from '@libs/domain/testing';
import { toDocument } from '../../apps/metadata-worker/src/adapters/mongo/gpu-metadata.document';
import { MongoHourlyRollups } from '../../apps/metadata-worker/src/adapters/mongo/mongo-hourly-rollups';
import type { FleetRecord } from './fleet';

const PATIENCE_MS = 10_000;

/** Stores records as the worker does, and counts their hours. The collections are there already. */
export async function storeFleet(database: mongo.Db, records: readonly FleetRecord[]): Promise<void> {
  const events = records.map(acceptedFrom);
  const documents = database.collection<{ _id: string }>('gpu_metadata');
  await documents.insertMany(events.map(documentOf), { ordered: false });
  const rollups = new MongoHourlyRollups(() => database, PATIENCE_MS);
  const hours = new Set(events.map(({ capturedAt }) => hourOf(capturedAt).getTime()));
  for (const hour of hours) await rollups.recount(new Date(hour));
}

function acceptedFrom({ embedding, capturedAt, ...record }: FleetRecord): AcceptedMetadata {
  const bytes = new Uint8Array(Buffer.from(embedding.data, 'base64'));
  const at = new Date(capturedAt);
  return acceptedMetadata({
    ...record,
    embedding: new Float32Array(bytes.buffer),
    capturedAt: at,
    acceptedAt: at,
  });
}

function documentOf(event: AcceptedMetadata): ReturnType<typeof toDocument> {
  const { position } = deliveredMetadata();
  const pipeline = { tags: [], position, workerVersion: '0', ingestLatencyMs: 1 };
  return toDocument({ ...event, ...derivedValues(event), processedAt: event.acceptedAt, pipeline }, 'vector');
}
