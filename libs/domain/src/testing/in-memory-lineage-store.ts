import { RecordRejected } from '../errors';
import { RecordedLineage } from '../model/lineage';
import { LineageOutcome, LineageStore } from '../ports/event-stores';

/**
 * The first event of an identity under it, the first of every other producer beside that one; refuses the identities in
 * `refusedIds`.
 */
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
    const { keyId } = recorded.producer;
    const key = `${kind} ${id}`;
    const first = this.documents.get(key);
    if (first?.producer.keyId === keyId) return { kind: 'superseded' };
    const own = first ? `${key}@${keyId ?? ''}` : key;
    if (!this.documents.has(own)) this.documents.set(own, recorded);
    return { kind: first ? 'foreign' : 'stored' };
  }
}
