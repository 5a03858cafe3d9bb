import type { mongo } from 'mongoose';
import type { MetadataCollection } from '../../src/adapters/mongo/mongo-metadata-store';

const COLLECTION = 'gpu_metadata_hourly';
const HOUR_MS = 3_600_000;

interface HourlyDocument {
  readonly _id: { readonly hour: Date; readonly model: string; readonly deviceName: string };
  readonly count: number;
}

/** By how many records the hourly counts of `model` differ from its documents; null without such a collection. */
export async function rollUpDifference(db: mongo.Db, model: string): Promise<number | null> {
  if (!(await db.listCollections({ name: COLLECTION }).hasNext())) return null;
  const counts = new Map<string, number>();
  const add = (hour: Date, deviceName: string, count: number): void => {
    const key = `${hour.toISOString()} ${deviceName}`;
    counts.set(key, (counts.get(key) ?? 0) + count);
  };
  const documents: MetadataCollection = db.collection('gpu_metadata');
  const projection = { capturedAt: 1, 'gpu.deviceName': 1 };
  for await (const { capturedAt, gpu } of documents.find({ model }, { projection })) {
    add(new Date(Math.floor(capturedAt.getTime() / HOUR_MS) * HOUR_MS), gpu.deviceName, 1);
  }
  for await (const { _id, count } of db.collection<HourlyDocument>(COLLECTION).find({ '_id.model': model })) {
    add(_id.hour, _id.deviceName, -count);
  }
  return [...counts.values()].reduce((sum, difference) => sum + Math.abs(difference), 0);
}
