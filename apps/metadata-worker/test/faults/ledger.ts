import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { AcceptedMetadata } from '@libs/domain';
import type { GpuMetadataDocument } from '../../src/adapters/mongo/gpu-metadata.document';
import type { MetadataCollection } from '../../src/adapters/mongo/mongo-metadata-store';
import { contentHash, eventOf } from './content';

/** What became of the acknowledged events; ids, so that a failure names them. */
export interface Balance {
  readonly acknowledged: number;
  readonly stored: number;
  /** Neither a document nor a dead letter. */
  readonly lost: readonly string[];
  /** The document says something else than the winner among the acknowledged. */
  readonly wrong: readonly string[];
  /** Two documents of one eventId. */
  readonly twice: readonly string[];
  readonly deadLettered: number;
}

interface Entry {
  readonly acceptedAt: string;
  readonly hash: string;
}

const IDS_PER_QUERY = 500;

/** A file with one line for each acknowledgement, written before its producer goes on. */
export class Ledger {
  /** Lines written so far. */
  lines = 0;

  constructor(private readonly file: string) {}

  acknowledge(event: AcceptedMetadata): void {
    const { eventId, acceptedAt } = event;
    appendFileSync(this.file, `${eventId} ${acceptedAt.toISOString()} ${contentHash(event)}\n`);
    this.lines += 1;
  }

  /** Holds the database against the file. */
  async compare(documents: MetadataCollection, deadLettered: ReadonlySet<string>): Promise<Balance> {
    const expected = this.read();
    const ids = [...expected.keys()];
    const missing = new Set(ids);
    const wrong: string[] = [];
    const twice: string[] = [];
    for (let from = 0; from < ids.length; from += IDS_PER_QUERY) {
      const found = documents.find({ _id: { $in: ids.slice(from, from + IDS_PER_QUERY) } });
      for await (const document of found as AsyncIterable<GpuMetadataDocument>) {
        if (!missing.delete(document._id)) twice.push(document._id);
        if (contentHash(eventOf(document)) !== expected.get(document._id)?.hash) wrong.push(document._id);
      }
    }
    const buried = ids.filter((id) => deadLettered.has(id));
    return {
      acknowledged: ids.length,
      stored: ids.length - missing.size,
      lost: [...missing].filter((id) => !deadLettered.has(id)),
      wrong,
      twice,
      deadLettered: buried.length,
    };
  }

  /** The ids of acknowledgements that no record of the topic matches, content and all. */
  missingFrom(records: readonly AcceptedMetadata[]): string[] {
    const found = new Set(records.map((record) => `${record.eventId} ${contentHash(record)}`));
    return this.entries()
      .filter(([id, , hash]) => !found.has(`${id} ${hash}`))
      .map(([id]) => id);
  }

  /** The winner of each id: the latest accepted, the first of equally late ones. */
  private read(): Map<string, Entry> {
    const winners = new Map<string, Entry>();
    for (const [id, acceptedAt, hash] of this.entries()) {
      const known = winners.get(id);
      if (!known || acceptedAt > known.acceptedAt) winners.set(id, { acceptedAt, hash });
    }
    return winners;
  }

  private entries(): [id: string, acceptedAt: string, hash: string][] {
    const lines = existsSync(this.file) ? readFileSync(this.file, 'utf8').split('\n') : [];
    return lines.filter((line) => line !== '').map((line) => line.split(' ') as [string, string, string]);
  }
}
