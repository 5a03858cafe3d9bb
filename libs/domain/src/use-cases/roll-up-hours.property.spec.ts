import fc from 'fast-check';
import { DeliveredMetadata } from '../model/recorded-metadata';
import {
  countsOf,
  deliveredMetadata,
  FixedClock,
  InMemoryHourlyRollups,
  InMemoryMetadataStore,
} from '../testing';
import { RecordMetadata } from './record-metadata';
import { RollUpHours } from './roll-up-hours';

const NOW = new Date('2026-11-21T05:40:00.000Z');
const HOUR_MS = 3_600_000;

const event = fc
  .record({
    id: fc.nat(4),
    keyId: fc.constantFrom('me', 'you'),
    acceptedMs: fc.nat(5),
    hoursAgo: fc.nat(3),
    model: fc.constantFrom('a', 'b'),
    deviceName: fc.constantFrom('cpu', 'Tesla T4'),
  })
  .map(({ id, keyId, acceptedMs, hoursAgo, model, deviceName }) => {
    const metadata = deliveredMetadata({
      eventId: `0198f0c0-0000-7000-8000-00000000000${id}`,
      producer: { keyId },
      acceptedAt: new Date(NOW.getTime() + acceptedMs),
      capturedAt: new Date(NOW.getTime() - hoursAgo * HOUR_MS),
      model,
    });
    return { ...metadata, metadata: { ...metadata.metadata, gpu: { ...metadata.metadata.gpu, deviceName } } };
  });

interface Happening {
  /** The batch is delivered, is stored between the reading and the writing of a run, or is all that a worker stored. */
  readonly kind: 'delivered' | 'during a run' | 'worker killed';
  readonly batch: readonly DeliveredMetadata[];
}

/** What happens to the worker. Few distinct events, so that most are redelivered, replaced or superseded. */
function happening(kinds: readonly Happening['kind'][]): fc.Arbitrary<Happening> {
  return fc.record({ kind: fc.constantFrom(...kinds), batch: fc.array(event, { maxLength: 4 }) });
}

class Worker {
  readonly store = new InMemoryMetadataStore();
  readonly rollups = new InMemoryHourlyRollups(this.store);
  private readonly clock = new FixedClock(NOW);
  private rollUp = this.start();
  private readonly record = new RecordMetadata(this.store, this.clock, {
    pipelineTags: [],
    workerVersion: '0',
  });

  start(): RollUpHours {
    return (this.rollUp = new RollUpHours(this.rollups, this.clock, { sliceMs: 6_000 }));
  }

  async deliver(batch: readonly DeliveredMetadata[]): Promise<void> {
    const outcomes = await this.record.execute(batch);
    batch.forEach(({ metadata }, at) => {
      this.rollUp.noteOutcome(metadata.capturedAt, outcomes[at]!);
    });
  }

  async storeAndDie(batch: readonly DeliveredMetadata[]): Promise<void> {
    await this.record.execute(batch);
    this.start();
  }

  async run(meanwhile: readonly DeliveredMetadata[] = []): Promise<void> {
    let batch = meanwhile;
    this.rollups.meanwhile = async () => {
      const once = batch;
      batch = [];
      await this.deliver(once);
    };
    await this.rollUp.run();
  }
}

async function live(worker: Worker, happenings: readonly Happening[]): Promise<void> {
  for (const { kind, batch } of happenings) {
    if (kind === 'delivered') await worker.deliver(batch);
    else if (kind === 'during a run') await worker.run(batch);
    else await worker.storeAndDie(batch);
  }
}

describe(`${RollUpHours.name} under any interleaving`, () => {
  it('equals a recount of the documents after the sweep', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening(['delivered', 'during a run', 'worker killed']), { maxLength: 25 }),
        async (happenings) => {
          const worker = new Worker();
          await live(worker, happenings);
          worker.start();
          await worker.run();
          expect(worker.rollups.counts).toEqual(countsOf(worker.store.documents.values()));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('equals it without a sweep too, as long as no worker is killed', async () => {
    const alive = happening(['delivered', 'during a run']);
    await fc.assert(
      fc.asyncProperty(fc.array(alive, { maxLength: 25 }), async (happenings) => {
        const worker = new Worker();
        await worker.run();
        await live(worker, happenings);
        await worker.run();
        expect(worker.rollups.counts).toEqual(countsOf(worker.store.documents.values()));
      }),
      { numRuns: 300 },
    );
  });
});
