import fc from 'fast-check';
import { StoreUnavailable } from '../errors';
import { DeliveredMetadata, RecordedMetadata } from '../model/recorded-metadata';
import { MetadataStore, StoreOutcome } from '../ports/event-stores';
import { deliveredMetadata, FixedClock, InMemoryMetadataStore } from '../testing';
import { RecordMetadata } from './record-metadata';

const IDS = [1, 2, 3].map((n) => `0198f0c0-0000-7000-8000-00000000000${n}`);
const KEYS = ['me', 'you', null];
const EPOCH = Date.UTC(2026, 10, 21);
const CLOCK = new FixedClock(new Date(EPOCH));
const SETTINGS = { pipelineTags: [], workerVersion: '0' };

/** A partition: events of few ids and owners in any order of acceptance, some of them published again by a replay. */
const logs = fc
  .array(fc.record({ id: fc.constantFrom(...IDS), keyId: fc.constantFrom(...KEYS), acceptedMs: fc.nat(6) }), {
    minLength: 1,
    maxLength: 30,
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
      .array(fc.tuple(fc.constantFrom(...events), fc.nat()), { maxLength: 10 })
      .map((replays) => replays.reduce(withReplay, events)),
  );

/** Puts `original` on the log once more, anywhere behind itself; it keeps the position it had at first. */
function withReplay(
  log: readonly DeliveredMetadata[],
  [original, anywhere]: [DeliveredMetadata, number],
): DeliveredMetadata[] {
  const first = log.indexOf(original) + 1;
  return log.toSpliced(first + (anywhere % (log.length - first + 1)), 0, { ...original, replayed: true });
}

/** What happens to a worker, one batch after another. */
interface Turn {
  readonly size: number;
  /** The store fails once it has taken so many records of the batch. */
  readonly failAfter: number | null;
  /** `crash`: between store and commit. `rewind`: its group is set back to an earlier offset. */
  readonly then: 'commit' | 'crash' | 'rewind';
  readonly rewindTo: number;
}

const lives = fc.array(
  fc.record<Turn>({
    size: fc.integer({ min: 1, max: 8 }),
    failAfter: fc.option(fc.nat(4), { freq: 3 }),
    then: fc.oneof(
      { weight: 4, arbitrary: fc.constant('commit' as const) },
      { weight: 2, arbitrary: fc.constant('crash' as const) },
      { weight: 1, arbitrary: fc.constant('rewind' as const) },
    ),
    rewindTo: fc.nat(),
  }),
  { maxLength: 12 },
);
const refusals = fc.array(fc.nat(30), { maxLength: 8 });

/** The documents, which others may write between any two records of a batch; tells when one goes wrong. */
class ContestedStore extends MetadataStore {
  failAfter: number | null = null;

  constructor(
    private readonly documents: InMemoryMetadataStore,
    private readonly turn: () => Promise<unknown>,
  ) {
    super();
  }

  async upsert(records: readonly RecordedMetadata[]): Promise<readonly StoreOutcome[]> {
    const outcomes: StoreOutcome[] = [];
    for (const [at, record] of records.entries()) {
      await this.turn();
      if (at === this.failAfter) throw new StoreUnavailable();
      outcomes.push(await this.upsertOne(record));
    }
    return outcomes;
  }

  private async upsertOne(record: RecordedMetadata): Promise<StoreOutcome> {
    const before = this.documents.documents.get(record.eventId);
    const [outcome] = await this.documents.upsert([record]);
    const after = this.documents.documents.get(record.eventId);
    if (before) {
      expect(after?.producer).toEqual(before.producer);
      expect(after!.acceptedAt.getTime()).toBeGreaterThanOrEqual(before.acceptedAt.getTime());
      if (after!.acceptedAt.getTime() === before.acceptedAt.getTime()) expect(after).toBe(before);
    }
    return outcome!;
  }
}

/** One consumer group on the log: what its members committed. */
class Group {
  committed = 0;

  constructor(
    private readonly log: readonly DeliveredMetadata[],
    private readonly documents: InMemoryMetadataStore,
  ) {}

  /** A member that begins at the committed offset and lives through `turns`. */
  async member(turns: readonly Turn[], turn: () => Promise<unknown>): Promise<void> {
    const store = new ContestedStore(this.documents, turn);
    const record = new RecordMetadata(store, CLOCK, SETTINGS);
    let position = this.committed;
    for (const { size, failAfter, then, rewindTo } of turns) {
      const batch = this.log.slice(position, position + size);
      store.failAfter = failAfter;
      try {
        expect(await record.execute(batch)).toHaveLength(batch.length);
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
        continue;
      }
      await turn();
      if (then === 'crash') position = this.committed;
      else if (then === 'rewind') position = rewindTo % (this.committed + 1);
      else this.committed = Math.max(this.committed, (position += batch.length));
    }
  }

  /** A member that settles whatever is left, undisturbed. */
  async finish(): Promise<void> {
    const size = this.log.length;
    const last: Turn = { size, failAfter: null, then: 'commit', rewindTo: 0 };
    await this.member([last], () => Promise.resolve());
    expect(this.committed).toBe(size);
  }
}

/** The latest event an owner has of an id that the store does not refuse; of equally late ones the first. */
function winnerOf(events: readonly DeliveredMetadata[], keyId: string | null): DeliveredMetadata | undefined {
  return events
    .filter(({ metadata }) => metadata.producer.keyId === keyId)
    .toSorted((a, b) => b.metadata.acceptedAt.getTime() - a.metadata.acceptedAt.getTime())[0];
}

describe(`${RecordMetadata.name} under any interleaving`, () => {
  it("of batches, crashes, store faults, replays and two workers: one document, its owner's latest", async () => {
    await fc.assert(
      fc.asyncProperty(logs, lives, lives, refusals, fc.scheduler(), async (log, one, two, refused, s) => {
        const store = new InMemoryMetadataStore();
        for (const n of refused) store.refusedModels.add(`m${n}`);
        const group = new Group(log, store);
        const turn = (): Promise<unknown> => s.schedule(Promise.resolve());
        const members = Promise.all([group.member(one, turn), group.member(two, turn)]);
        await s.waitFor(members);
        await group.finish();

        const storable = log.filter(({ metadata }) => !store.refusedModels.has(metadata.model));
        const ids = [...new Set(storable.map(({ metadata }) => metadata.eventId))];
        expect([...store.documents.keys()].sort()).toEqual(ids.sort());
        for (const [id, document] of store.documents) {
          const events = storable.filter(({ metadata }) => metadata.eventId === id);
          const winner = winnerOf(events, document.producer.keyId)!;
          expect(document).toMatchObject({ ...winner.metadata, pipeline: { position: winner.position } });
          // Which owner a refused event leaves the document to depends on the batch it is in.
          if (refused.length === 0) expect(document.producer).toEqual(events[0]!.metadata.producer);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('stores what single deliveries would store when the database refuses some events', async () => {
    await fc.assert(
      fc.asyncProperty(logs, refusals, async (log, refused) => {
        const mine = log.filter(({ metadata }) => metadata.producer.keyId === 'me');
        const [whole, oneByOne] = [new InMemoryMetadataStore(), new InMemoryMetadataStore()];
        for (const store of [whole, oneByOne]) for (const n of refused) store.refusedModels.add(`m${n}`);
        await new RecordMetadata(whole, CLOCK, SETTINGS).execute(mine);
        for (const event of mine) await new RecordMetadata(oneByOne, CLOCK, SETTINGS).execute([event]);
        expect(whole.documents).toEqual(oneByOne.documents);
      }),
      { numRuns: 200 },
    );
  });
});
