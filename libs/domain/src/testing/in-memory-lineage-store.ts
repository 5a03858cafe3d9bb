import { RecordRejected } from '../errors';
import { RecordedLineage } from '../model/lineage';
import { LineageOutcome, LineageStore } from '../ports/lineage-store';

/** The first of each identity of a producer in a Map; refuses the identities in `refusedIds`. */
export class InMemoryLineageStore extends LineageStore {
  readonly documents = new Map<string, RecordedLineage>();
  readonly refusedIds = new Set<string>();
  failure: Error | undefined;

  add(events: readonly RecordedLineage[]): Promise<readonly LineageOutcome[]> {
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve(events.map((recorded) => this.addOne(recorded)));
  }

  private addOne(recorded: RecordedLineage): LineageOutcome {
    const { kind, id } = recorded.event;
    if (this.refusedIds.has(id)) return { kind: 'rejected', error: new RecordRejected(id) };
    const key = `${kind} ${id} of ${String(recorded.producer.keyId)}`;
    if (this.documents.has(key)) return { kind: 'superseded' };
    this.documents.set(key, recorded);
    return { kind: 'stored' };
  }
}
