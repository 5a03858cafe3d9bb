import { DeliveredMetadata, derivedValues, RecordedMetadata } from '../model/recorded-metadata';
import { Clock } from '../ports/clock';
import { MetadataStore, StoreOutcome } from '../ports/event-stores';

export interface RecordingSettings {
  readonly pipelineTags: readonly string[];
  readonly workerVersion: string;
}

/** Events of one eventId and one owner, the latest in front; indexes into the batch. */
type Versions = readonly [latest: number, ...older: number[]];

/** All events of one eventId by owner, the owner delivered first in front. */
type VersionsByOwner = readonly [Versions, ...Versions[]];

const SUPERSEDED: StoreOutcome = { kind: 'superseded' };

/** Enriches delivered events and stores the latest of each: redelivery and reordering change nothing. */
export class RecordMetadata {
  constructor(
    private readonly store: MetadataStore,
    private readonly clock: Clock,
    private readonly settings: RecordingSettings,
  ) {}

  /**
   * One outcome for each event, in order. When the store rejects the latest event of an owner, its next latest
   * is tried; another owner's turn on the same eventId comes only after that, so the first owner keeps it.
   *
   * @throws StoreUnavailable — deliver the whole batch again
   */
  async execute(batch: readonly DeliveredMetadata[]): Promise<readonly StoreOutcome[]> {
    const outcomes = batch.map(() => SUPERSEDED);
    for (let open = versionsByEvent(batch); open.length > 0;) {
      const tried = open.map(([versions]) => versions[0]);
      const answers = await this.store.upsert(tried.map((index) => this.enrich(batch[index]!)));
      open = open.flatMap((owners, at) => noteOutcome(owners, answers[at]!, outcomes));
    }
    return outcomes;
  }

  private enrich({ metadata, position, replayed }: DeliveredMetadata): RecordedMetadata {
    const processedAt = this.clock.now();
    const latencyMs = Math.max(0, processedAt.getTime() - metadata.acceptedAt.getTime());
    return {
      ...metadata,
      ...derivedValues(metadata),
      processedAt,
      pipeline: {
        tags: this.settings.pipelineTags,
        position,
        workerVersion: this.settings.workerVersion,
        ingestLatencyMs: replayed ? null : latencyMs,
      },
    };
  }
}

function versionsByEvent(batch: readonly DeliveredMetadata[]): VersionsByOwner[] {
  const events = new Map<string, Map<string | null, number[]>>();
  batch.forEach(({ metadata: { eventId, producer } }, index) => {
    const owners = events.get(eventId) ?? new Map<string | null, number[]>();
    const versions = owners.get(producer.keyId) ?? [];
    versions.push(index);
    events.set(eventId, owners.set(producer.keyId, versions));
  });
  const acceptedAt = (index: number): number => batch[index]!.metadata.acceptedAt.getTime();
  // The sort is stable: of equally new events the first delivered stays in front.
  const latestFirst = (versions: number[]): Versions =>
    versions.sort((a, b) => acceptedAt(b) - acceptedAt(a)) as [number, ...number[]];
  return Array.from(
    events.values(),
    (owners) => Array.from(owners.values(), latestFirst) as unknown as VersionsByOwner,
  );
}

/** Notes the outcome of the event tried; answers what of its eventId is still to be tried, if anything. */
function noteOutcome(
  [[tried, ...older], ...others]: VersionsByOwner,
  outcome: StoreOutcome,
  outcomes: StoreOutcome[],
): VersionsByOwner[] {
  outcomes[tried] = outcome;
  if (outcome.kind === 'foreign') for (const index of older) outcomes[index] = outcome;
  const [latest, ...rest] = outcome.kind === 'rejected' ? older : [];
  const [first, ...next]: Versions[] = latest === undefined ? others : [[latest, ...rest], ...others];
  return first ? [[first, ...next]] : [];
}
