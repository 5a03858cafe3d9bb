import { hourOf } from '../model/hourly-figures';
import { RecordedMetadata } from '../model/recorded-metadata';
import { HourlyRollups, RecountOutcome } from '../ports/hourly-figures';
import { InMemoryMetadataStore } from './in-memory-ports';

/** Counts by hour, model and device over the documents of a store; `failure`, when set, is thrown instead. */
export class InMemoryHourlyRollups extends HourlyRollups {
  readonly recounted: Date[] = [];
  readonly counts = new Map<string, number>();
  failure: Error | undefined;
  isBusy = false;
  /** Run between the reading of the documents and the writing of the hour. */
  meanwhile: () => Promise<unknown> = () => Promise.resolve();

  constructor(private readonly store: InMemoryMetadataStore) {
    super();
  }

  async recount(hour: Date): Promise<RecountOutcome> {
    if (this.failure) throw this.failure;
    if (this.isBusy) return { kind: 'busy' };
    this.recounted.push(hour);
    const counted = countsOf(this.store.documents.values(), hour);
    await this.meanwhile();
    const stored = [...this.counts.keys()].filter((key) => key.startsWith(hour.toISOString()));
    for (const key of stored) this.counts.delete(key);
    for (const [key, count] of counted) this.counts.set(key, count);
    return { kind: 'done', written: counted.size, removed: 0 };
  }
}

/** Of all hours, or of one. */
export function countsOf(documents: Iterable<RecordedMetadata>, hour?: Date): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { capturedAt, model, gpu } of documents) {
    const own = hourOf(capturedAt);
    if (hour && own.getTime() !== hour.getTime()) continue;
    const key = [own.toISOString(), model, gpu.deviceName].join(' ');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}
