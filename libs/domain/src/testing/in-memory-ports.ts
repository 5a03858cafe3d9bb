import { RecordRejected } from '../errors';
import { PackedEmbedding } from '../model/embedding';
import { AcceptedMetadata } from '../model/gpu-metadata';
import { AcceptedLineage } from '../model/lineage';
import { RecordedMetadata, StreamPosition } from '../model/recorded-metadata';
import { Clock } from '../ports/clock';
import { EventPublisher, LineagePublisher } from '../ports/event-publishers';
import { MetadataStore, StoreOutcome } from '../ports/event-stores';

/** A clock that stands still until it is set. */
export class FixedClock extends Clock {
  constructor(public time: Date) {
    super();
  }
  now(): Date {
    return this.time;
  }
}

/** Remembers what was published; `failure`, when set, is thrown instead. */
export class InMemoryEventPublisher extends EventPublisher {
  readonly published: AcceptedMetadata<PackedEmbedding>[] = [];
  failure: Error | undefined;

  publish(event: AcceptedMetadata<PackedEmbedding>): Promise<StreamPosition> {
    if (this.failure) return Promise.reject(this.failure);
    this.published.push(event);
    return Promise.resolve({
      topic: 'gpu-metadata',
      partition: 0,
      offset: BigInt(this.published.length - 1),
    });
  }

  hasRoom(): boolean {
    return true;
  }
}

/** The same for lineage, each kind on a topic of its name. */
export class InMemoryLineagePublisher extends LineagePublisher {
  readonly published: AcceptedLineage[] = [];
  failure: Error | undefined;

  publish(accepted: AcceptedLineage): Promise<StreamPosition> {
    if (this.failure) return Promise.reject(this.failure);
    this.published.push(accepted);
    const offset = BigInt(this.published.length - 1);
    return Promise.resolve({ topic: accepted.event.kind, partition: 0, offset });
  }
}

/** The upsert rule over a Map; refuses the models named in `refusedModels`. */
export class InMemoryMetadataStore extends MetadataStore {
  readonly documents = new Map<string, RecordedMetadata>();
  readonly refusedModels = new Set<string>();
  failure: Error | undefined;

  upsert(records: readonly RecordedMetadata[]): Promise<readonly StoreOutcome[]> {
    if (this.failure) return Promise.reject(this.failure);
    return Promise.resolve(records.map((record) => this.upsertOne(record)));
  }

  private upsertOne(record: RecordedMetadata): StoreOutcome {
    if (this.refusedModels.has(record.model)) {
      return { kind: 'rejected', error: new RecordRejected(`model ${record.model}`) };
    }
    const current = this.documents.get(record.eventId);
    if (current && current.producer.keyId !== record.producer.keyId) return { kind: 'foreign' };
    if (current && current.acceptedAt >= record.acceptedAt) return { kind: 'superseded' };
    this.documents.set(record.eventId, record);
    return { kind: 'stored', ...(current && { replacedCapturedAt: current.capturedAt }) };
  }
}
