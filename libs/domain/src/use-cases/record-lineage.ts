import { DeliveredLineage } from '../model/lineage';
import { Clock } from '../ports/clock';
import { LineageOutcome, LineageStore } from '../ports/event-stores';

/** Dates delivered readings and usages and stores those that are new. */
export class RecordLineage {
  constructor(
    private readonly store: LineageStore,
    private readonly clock: Clock,
    private readonly workerVersion: string,
  ) {}

  /**
   * One outcome for each event, in order.
   *
   * @throws StoreUnavailable — deliver the whole batch again
   */
  async execute(batch: readonly DeliveredLineage[]): Promise<readonly LineageOutcome[]> {
    if (batch.length === 0) return [];
    const processedAt = this.clock.now();
    const { workerVersion } = this;
    return this.store.add(batch.map((delivered) => ({ ...delivered, processedAt, workerVersion })));
  }
}
