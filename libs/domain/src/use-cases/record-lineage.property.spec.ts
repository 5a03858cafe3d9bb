import fc from 'fast-check';
import { StoreUnavailable } from '../errors';
import { DeliveredLineage } from '../model/lineage';
import { deliveredLineage, FixedClock, gpuMetrics, InMemoryLineageStore, tokenUsage } from '../testing';
import { RecordLineage } from './record-lineage';

const NOW = new Date('2026-11-21T05:40:01.500Z');

describe(RecordLineage.name, () => {
  let store: InMemoryLineageStore;
  let clock: FixedClock;
  let record: RecordLineage;

  beforeEach(() => {
    store = new InMemoryLineageStore();
    clock = new FixedClock(NOW);
    record = new RecordLineage(store, clock, '1.2.3');
  });

  it('adds when and by which worker an event was processed', async () => {
    const delivered = deliveredLineage(gpuMetrics(), 7n);
    expect(await record.execute([delivered])).toEqual([{ kind: 'stored' }]);
    expect([...store.documents.values()]).toEqual([
      { ...delivered, processedAt: NOW, workerVersion: '1.2.3' },
    ]);
  });

  it('takes a reading and a usage of the same identity for two events', async () => {
    const batch = [gpuMetrics({ id: 'x' }), tokenUsage({ id: 'x' })].map((event) => deliveredLineage(event));
    expect(await record.execute(batch)).toEqual([{ kind: 'stored' }, { kind: 'stored' }]);
  });

  it('refuses one event without its neighbours', async () => {
    store.refusedIds.add('b');
    const batch = ['a', 'b', 'c'].map((id) => deliveredLineage(gpuMetrics({ id })));
    expect((await record.execute(batch)).map(({ kind }) => kind)).toEqual(['stored', 'rejected', 'stored']);
  });

  it('asks nothing of the store for a batch of which nothing could be read', async () => {
    store.failure = new StoreUnavailable();
    expect(await record.execute([])).toEqual([]);
  });

  it('leaves a batch to be delivered again while the store is away', async () => {
    store.failure = new StoreUnavailable();
    await expect(record.execute([deliveredLineage(gpuMetrics())])).rejects.toBe(store.failure);
  });

  it('keeps the first of each identity under any redelivery, reordering and replay', async () => {
    const ids = fc.constantFrom('a', 'b', 'c', 'd');
    const batches = fc.array(fc.array(ids, { maxLength: 6 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(batches, async (deliveries) => {
        store.documents.clear();
        const first = new Map<string, DeliveredLineage>();
        let offset = 0n;
        for (const batch of deliveries) {
          const delivered = batch.map((id) => deliveredLineage(gpuMetrics({ id }), offset++));
          for (const one of delivered) if (!first.has(one.event.id)) first.set(one.event.id, one);
          clock.time = new Date(clock.time.getTime() + 1000);
          await record.execute(delivered);
        }
        const kept = [...store.documents.values()].map(({ event, position }) => ({ event, position }));
        expect(kept).toEqual([...first.values()]);
      }),
    );
  });
});
