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

  it('stores what a key id posted, whoever used its identity before and after, and calls all but the first foreign', async () => {
    const batch = ['thief', 'owner', null, 'owner', 'thief'].map((keyId, at) =>
      deliveredLineage(tokenUsage({ prompt_tokens: at }), BigInt(at), keyId),
    );
    expect((await record.execute(batch)).map(({ kind }) => kind)).toEqual([
      'stored',
      'foreign',
      'foreign',
      'foreign',
      'superseded',
    ]);
    const kept = [...store.documents.values()].map(({ event, producer }) => [producer.keyId, event]);
    expect(kept).toEqual([
      ['thief', tokenUsage({ prompt_tokens: 0 })],
      ['owner', tokenUsage({ prompt_tokens: 1 })],
      [null, tokenUsage({ prompt_tokens: 2 })],
    ]);
  });

  it('asks nothing of the store for a batch of which nothing could be read', async () => {
    store.failure = new StoreUnavailable();
    expect(await record.execute([])).toEqual([]);
  });

  it('leaves a batch to be delivered again while the store is away', async () => {
    store.failure = new StoreUnavailable();
    await expect(record.execute([deliveredLineage(gpuMetrics())])).rejects.toBe(store.failure);
  });

  it('keeps the first of each producer and identity under any redelivery, reordering and replay', async () => {
    const event = fc.record({ id: fc.constantFrom('a', 'b', 'c'), keyId: fc.constantFrom(null, 'x', 'y') });
    const batches = fc.array(fc.array(event, { maxLength: 6 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(batches, async (deliveries) => {
        store.documents.clear();
        const first = new Map<string, DeliveredLineage>();
        let offset = 0n;
        for (const batch of deliveries) {
          const delivered = batch.map(({ id, keyId }) =>
            deliveredLineage(gpuMetrics({ id }), offset++, keyId),
          );
          for (const one of delivered) {
            const owned = `${one.event.id} ${String(one.producer.keyId)}`;
            if (!first.has(owned)) first.set(owned, one);
          }
          clock.time = new Date(clock.time.getTime() + 1000);
          await record.execute(delivered);
        }
        const kept = [...store.documents.values()].map(({ event, producer, position }) => ({
          event,
          producer,
          position,
        }));
        expect(kept).toEqual([...first.values()]);
      }),
    );
  });
});
