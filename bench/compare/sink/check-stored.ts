import type { Sink } from './sink';
import type { SinkRecords } from './sink-records';
import type { StoredCollection } from './watch-stored';

/** Rejects unless each record is stored once, with its vector bit for bit, and nothing else is. */
export async function checkStored(
  collection: StoredCollection,
  records: SinkRecords,
  { embeddingOf }: Pick<Sink, 'embeddingOf'>,
): Promise<void> {
  let stored = 0;
  // An _id is there once at most: as many known ones as records are all of them.
  for await (const document of collection.find({}, { projection: { embedding: 1 } })) {
    const index = records.indexOf(document._id);
    if (index === undefined) throw new Error(`the document ${document._id} is none of the records`);
    if (!embeddingOf(document).equals(records.embeddingAt(index)))
      throw new Error(`the vector of ${document._id} is not what was sent`);
    stored += 1;
  }
  if (stored !== records.count) throw new Error(`${stored} of ${records.count} records are stored`);
}
