import { z } from 'zod';
import { unpack } from '../vectors/float32-vector';

/**
 * What the demo reads of a record; every other field goes to the API as the script wrote it. The demo
 * uses nothing of libs/: it speaks to the system as a producer elsewhere does, through the wire alone.
 */
const photoRecord = z.looseObject({
  eventId: z.uuid(),
  model: z.string(),
  embedding: z.object({
    encoding: z.literal('f32le-base64'),
    dimension: z.number().int().positive(),
    data: z.base64(),
  }),
  gpu: z.looseObject({ deviceName: z.string() }),
  source: z.looseObject({ name: z.string() }),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

export type PhotoRecord = z.infer<typeof photoRecord>;

/** Records from NDJSON, one a line; throws when a line is none. */
export function parsePhotoRecords(ndjson: string): PhotoRecord[] {
  return ndjson
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => photoRecord.parse(JSON.parse(line)));
}

/** A request body with the embedding packed: 4 bytes a value before base64. */
export function packedBody(record: PhotoRecord): string {
  return JSON.stringify(record);
}

/** The same record with the embedding as plain JSON numbers, every digit kept. */
export function plainBody(record: PhotoRecord): string {
  return JSON.stringify({ ...record, embedding: unpack(record.embedding) });
}
