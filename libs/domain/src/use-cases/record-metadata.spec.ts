import { StoreUnavailable } from '../errors';
import { AcceptedMetadata } from '../model/gpu-metadata';
import { DeliveredMetadata, RecordedMetadata } from '../model/recorded-metadata';
import { StoreOutcome } from '../ports/event-stores';
import { acceptedMetadata, deliveredMetadata, FixedClock, InMemoryMetadataStore } from '../testing';
import { RecordMetadata } from './record-metadata';

const NOW = new Date('2026-11-21T05:40:01.500Z');
const SETTINGS = { pipelineTags: ['a', 'b'], workerVersion: '1.2.3' };
const ID = acceptedMetadata().eventId;
const OTHER_ID = '0198f0c0-0000-7000-8000-000000000002';

const at = (second: number): Date => new Date(Date.UTC(2026, 10, 21, 5, 0, second));
const event = (model: string, second: number, keyId: string | null = null): DeliveredMetadata =>
  deliveredMetadata({ model, acceptedAt: at(second), producer: { keyId } });
const kindsOf = (outcomes: readonly StoreOutcome[]): string[] => outcomes.map(({ kind }) => kind);

/** Remembers what each call was given. */
class RecordingStore extends InMemoryMetadataStore {
  readonly calls: (readonly RecordedMetadata[])[] = [];

  override upsert(records: readonly RecordedMetadata[]): Promise<readonly StoreOutcome[]> {
    this.calls.push(records);
    return super.upsert(records);
  }
}

describe(RecordMetadata.name, () => {
  let store: RecordingStore;
  let record: RecordMetadata;
  const document = (id = ID): RecordedMetadata | undefined => store.documents.get(id);
  const recordOne = async (
    changes: Partial<AcceptedMetadata>,
    delivery: Partial<DeliveredMetadata> = {},
  ): Promise<RecordedMetadata | undefined> => {
    await record.execute([{ ...deliveredMetadata(changes), ...delivery }]);
    return document();
  };

  beforeEach(() => {
    store = new RecordingStore();
    record = new RecordMetadata(store, new FixedClock(NOW), SETTINGS);
  });

  describe('enriches an event', () => {
    it('with dimension, norm, utilization, times and its way through the pipeline', async () => {
      const position = { topic: 'gpu-metadata', partition: 3, offset: 2n ** 60n };
      expect(await recordOne({}, { position })).toEqual({
        ...acceptedMetadata(),
        embeddingDimension: 2,
        embeddingNorm: 5,
        memoryUtilization: 0.25,
        processedAt: NOW,
        pipeline: { tags: ['a', 'b'], position, workerVersion: '1.2.3', ingestLatencyMs: 1500 },
      });
    });

    it.each([
      ['the total is unknown', null, 250, null],
      ['the allocation is unknown', 1000, null, null],
      ['both are unknown', null, null, null],
      ['the total is 0', 0, 0, null],
      ['nothing is allocated', 1000, 0, 0],
      ['all of it is allocated', 1000, 1000, 1],
    ])('with the utilization it has when %s', async (_, totalMemoryBytes, allocatedMemoryBytes, expected) => {
      const gpu = { ...acceptedMetadata().gpu, totalMemoryBytes, allocatedMemoryBytes };
      expect((await recordOne({ gpu }))?.memoryUtilization).toBe(expected);
    });

    it("with a latency of 0 where the API's clock is ahead", async () => {
      const acceptedAt = new Date(NOW.getTime() + 5000);
      expect((await recordOne({ acceptedAt }))?.pipeline.ingestLatencyMs).toBe(0);
    });

    it('with no latency when it is replayed, keeping its origin', async () => {
      const position = { topic: 'gpu-metadata', partition: 5, offset: 42n };
      const replayed = await recordOne({}, { replayed: true, position });
      expect(replayed?.pipeline).toMatchObject({ ingestLatencyMs: null, position });
    });
  });

  it('does not call the store for an empty batch', async () => {
    expect(await record.execute([])).toEqual([]);
    expect(store.calls).toEqual([]);
  });

  it('stores events of different ids in one call, with one outcome each, in order', async () => {
    await record.execute([event('old', 5)]);
    const outcomes = await record.execute([event('older', 1), deliveredMetadata({ eventId: OTHER_ID })]);
    expect(kindsOf(outcomes)).toEqual(['superseded', 'stored']);
    expect(store.calls.map((call) => call.length)).toEqual([1, 2]);
  });

  it('stores the latest of an id, wherever it lies in the batch', async () => {
    const outcomes = await record.execute([event('second', 2), event('third', 3), event('first', 1)]);
    expect(kindsOf(outcomes)).toEqual(['superseded', 'stored', 'superseded']);
    expect(document()?.model).toBe('third');
    expect(store.calls).toHaveLength(1);
  });

  it('keeps the first delivered of equally new events, within a batch and across batches', async () => {
    const outcomes = await record.execute([event('first', 1), event('second', 1)]);
    const later = await record.execute([event('third', 1)]);
    expect(kindsOf([...outcomes, ...later])).toEqual(['stored', 'superseded', 'superseded']);
    expect(document()?.model).toBe('first');
  });

  it('replaces a document with a later event and never goes back in time', async () => {
    const outcomes = [event('second', 2), event('third', 3), event('first', 1)].map((one) =>
      record.execute([one]),
    );
    expect(kindsOf((await Promise.all(outcomes)).flat())).toEqual(['stored', 'stored', 'superseded']);
    expect(document()?.model).toBe('third');
  });

  it('changes nothing when the batch is delivered again', async () => {
    const batch = [event('second', 2), event('first', 1), deliveredMetadata({ eventId: OTHER_ID })];
    await record.execute(batch);
    const before = new Map(store.documents);
    expect(kindsOf(await record.execute(batch))).toEqual(['superseded', 'superseded', 'superseded']);
    expect(store.documents).toEqual(before);
  });

  describe('with events of two owners', () => {
    it('never lets another key id replace a document, however new its event is', async () => {
      await record.execute([event('mine', 1, 'me')]);
      expect(kindsOf(await record.execute([event('theirs', 9, 'you')]))).toEqual(['foreign']);
      expect(document()?.model).toBe('mine');
    });

    it('takes no key id for an owner of its own', async () => {
      await record.execute([event('mine', 1, 'null')]);
      expect(kindsOf(await record.execute([event('keyless', 9, null)]))).toEqual(['foreign']);
    });

    it('calls every event of the other owner foreign, also those it would not try', async () => {
      const batch = [event('mine', 1, 'me'), event('theirs', 2, 'you'), event('newer', 3, 'you')];
      expect(kindsOf(await record.execute(batch))).toEqual(['stored', 'foreign', 'foreign']);
      expect(store.calls.map((call) => call.length)).toEqual([1, 1]);
    });

    it('leaves the document to the owner delivered first although its latest event is rejected', async () => {
      store.refusedModels.add('broken');
      const batch = [event('mine', 1, 'me'), event('theirs', 2, 'you'), event('broken', 3, 'me')];
      expect(kindsOf(await record.execute(batch))).toEqual(['stored', 'foreign', 'rejected']);
      expect(document()?.model).toBe('mine');
    });

    it('turns to the next owner when all events of the first are rejected', async () => {
      store.refusedModels.add('broken');
      const batch = [event('broken', 1, 'me'), event('theirs', 2, 'you')];
      expect(kindsOf(await record.execute(batch))).toEqual(['rejected', 'stored']);
    });
  });

  describe('when the store rejects an event', () => {
    it('stores the next latest of its id instead', async () => {
      store.refusedModels.add('broken');
      const batch = [event('first', 1), event('second', 2), event('broken', 4), event('broken', 3)];
      const outcomes = await record.execute(batch);
      expect(kindsOf(outcomes)).toEqual(['superseded', 'stored', 'rejected', 'rejected']);
      expect(document()?.model).toBe('second');
    });

    it('rejects that event alone', async () => {
      store.refusedModels.add('broken');
      const outcomes = await record.execute([event('broken', 1), deliveredMetadata({ eventId: OTHER_ID })]);
      expect(outcomes).toMatchObject([
        { kind: 'rejected', error: { code: 'record_rejected', retriable: false } },
        { kind: 'stored' },
      ]);
      expect(document(OTHER_ID)).toBeDefined();
    });
  });

  it('fails as a whole when the store fails', async () => {
    store.failure = new StoreUnavailable();
    await expect(record.execute([event('first', 1)])).rejects.toBe(store.failure);
  });
});
