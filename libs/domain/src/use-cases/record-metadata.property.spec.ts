import fc from 'fast-check';
import { DeliveredMetadata } from '../model/recorded-metadata';
import { deliveredMetadata, FixedClock, InMemoryMetadataStore } from '../testing';
import { RecordMetadata } from './record-metadata';

const IDS = [1, 2, 3].map((n) => `0198f0c0-0000-7000-8000-00000000000${n}`);
const KEYS = ['me', 'you', null];
const EPOCH = Date.UTC(2026, 10, 21);

/** A stream of events, some delivered again later, cut into batches that are each shuffled. */
const deliveries = fc
  .array(fc.record({ id: fc.constantFrom(...IDS), keyId: fc.constantFrom(...KEYS), acceptedMs: fc.nat(6) }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((events) =>
    events.map(({ id, keyId, acceptedMs }, offset) =>
      deliveredMetadata(
        { eventId: id, producer: { keyId }, acceptedAt: new Date(EPOCH + acceptedMs), model: `m${offset}` },
        BigInt(offset),
      ),
    ),
  )
  .chain((events) =>
    fc
      .array(fc.constantFrom(...events), { maxLength: 20 })
      .chain((again) =>
        fc.shuffledSubarray([...events, ...again], { minLength: events.length + again.length }),
      ),
  )
  .chain((order) =>
    fc
      .array(fc.integer({ min: 1, max: 12 }), { minLength: order.length, maxLength: order.length })
      .map((sizes) => cut(order, sizes)),
  );

function cut(order: readonly DeliveredMetadata[], sizes: readonly number[]): DeliveredMetadata[][] {
  const batches: DeliveredMetadata[][] = [];
  for (let from = 0, i = 0; from < order.length; from += sizes[i]!, i++) {
    batches.push(order.slice(from, from + sizes[i]!));
  }
  return batches;
}

describe(`${RecordMetadata.name} under any interleaving`, () => {
  it("ends with one document for each eventId, its owner's latest", async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, async (batches) => {
        const store = new InMemoryMetadataStore();
        const record = new RecordMetadata(store, new FixedClock(new Date(EPOCH)), {
          pipelineTags: [],
          workerVersion: '0',
        });
        for (const batch of batches) expect(await record.execute(batch)).toHaveLength(batch.length);

        const all = batches.flat().map(({ metadata }) => metadata);
        expect([...store.documents.keys()].sort()).toEqual(
          [...new Set(all.map(({ eventId }) => eventId))].sort(),
        );
        for (const [id, document] of store.documents) {
          const ofId = all.filter(({ eventId }) => eventId === id);
          const owner = ofId[0]!.producer.keyId;
          const owned = ofId.filter(({ producer }) => producer.keyId === owner);
          const latest = Math.max(...owned.map(({ acceptedAt }) => acceptedAt.getTime()));
          const first = owned.find(({ acceptedAt }) => acceptedAt.getTime() === latest);
          expect(document.model).toBe(first?.model);
          expect(document.producer.keyId).toBe(owner);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('stores what single deliveries would store when the database refuses some events', async () => {
    await fc.assert(
      fc.asyncProperty(deliveries, fc.array(fc.nat(40), { maxLength: 10 }), async (batches, refused) => {
        const single = batches.flatMap((batch) =>
          batch.filter(({ metadata }) => metadata.producer.keyId === 'me'),
        );
        const [whole, oneByOne] = [new InMemoryMetadataStore(), new InMemoryMetadataStore()];
        for (const store of [whole, oneByOne]) for (const n of refused) store.refusedModels.add(`m${n}`);
        const settings = { pipelineTags: [], workerVersion: '0' };
        const clock = new FixedClock(new Date(EPOCH));
        await new RecordMetadata(whole, clock, settings).execute(single);
        for (const one of single) await new RecordMetadata(oneByOne, clock, settings).execute([one]);
        expect(whole.documents).toEqual(oneByOne.documents);
      }),
      { numRuns: 200 },
    );
  });
});
