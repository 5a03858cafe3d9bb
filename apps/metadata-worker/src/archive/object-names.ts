import type { RawRecord } from '@libs/domain';

/** Names of a segment's objects, from its first record alone: a retry from the same offset finds its own again. */
export class ObjectNames {
  readonly raw: string;
  readonly enriched: string;
  private readonly folder: string;
  private readonly base: string;

  constructor({ position, timestamp }: RawRecord) {
    const [date, time] = timestamp.toISOString().split('T') as [string, string];
    this.folder = `dt=${date}/hour=${time.slice(0, 2)}`;
    this.base = `${position.topic}-${position.partition}-${position.offset}`;
    this.raw = `raw/${this.folder}/${this.base}.ndjson.gz`;
    this.enriched = `enriched/${this.folder}/${this.base}.ndjson.gz`;
  }

  embeddings(dimension: number): string {
    return `embeddings/${this.folder}/${this.base}-d${dimension}.npy`;
  }
}
