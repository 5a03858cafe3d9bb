import { existsSync, readFileSync } from 'node:fs';

/** A record as the client's journal keeps it. */
export interface ComputedRecord {
  readonly eventId: string;
  readonly model: string;
  readonly embedding: { readonly dimension: number; readonly data: string };
  readonly gpu: Readonly<Record<string, string | number | null>>;
  readonly capturedAt: string;
  readonly source: { readonly kind: string; readonly name: string };
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, string | number>>;
}

interface Entry {
  readonly computed?: ComputedRecord;
  readonly acknowledged?: { readonly event_id: string; readonly accepted_at: string };
}

/** What a journal of the client holds: each record by id, and when each acknowledged one was accepted. */
export class JournalFile {
  constructor(private readonly path: string) {}

  computed(): Map<string, ComputedRecord> {
    return new Map(
      this.entries().flatMap(({ computed }) =>
        computed === undefined ? [] : [[computed.eventId, computed]],
      ),
    );
  }

  /** The last receipt's acceptedAt by id. Throws when an id was acknowledged twice. */
  acceptedAt(): Map<string, string> {
    const accepted = new Map<string, string>();
    for (const { acknowledged } of this.entries()) {
      if (acknowledged === undefined) continue;
      if (accepted.has(acknowledged.event_id))
        throw new Error(`${acknowledged.event_id} was acknowledged twice`);
      accepted.set(acknowledged.event_id, acknowledged.accepted_at);
    }
    return accepted;
  }

  private entries(): Entry[] {
    if (!existsSync(this.path)) return [];
    const lines = readFileSync(this.path, 'utf8').split('\n').slice(1);
    return lines.flatMap((line) => {
      try {
        return [JSON.parse(line) as Entry];
      } catch {
        return []; // the end of a write that was cut short
      }
    });
  }
}
