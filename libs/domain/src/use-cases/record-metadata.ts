import { derivedValues } from '../model/derived-values';
import { DeliveredMetadata, RecordedMetadata } from '../model/recorded-metadata';
import { Clock } from '../ports/clock';
import { MetadataStore, StoreOutcome } from '../ports/metadata-store';

export interface RecordingSettings {
  readonly pipelineTags: readonly string[];
  readonly workerVersion: string;
}

/** Events of one (eventId, key id) pair, the one to store first in front; indexes into the batch. */
type Candidates = readonly [latest: number, ...older: number[]];

/** The owners that claim one eventId, the one delivered first in front. */
type Claims = readonly [Candidates, ...Candidates[]];

const SUPERSEDED: StoreOutcome = { kind: 'superseded' };

/** Enriches delivered events and stores the latest of each: redelivery and reordering change nothing. */
export class RecordMetadata {
  constructor(
    private readonly store: MetadataStore,
    private readonly clock: Clock,
    private readonly settings: RecordingSettings,
  ) {}

  /**
   * One fate for each event, in order. When the store rejects the latest event of an owner, its next latest
   * is tried; another owner's turn on the same eventId comes only after that, so the first owner keeps it.
   *
   * @throws StoreUnavailable — deliver the whole batch again
   */
  async execute(batch: readonly DeliveredMetadata[]): Promise<readonly StoreOutcome[]> {
    const fates = batch.map(() => SUPERSEDED);
    for (let open = claimsByEvent(batch); open.length > 0;) {
      const heads = open.map(([candidates]) => candidates[0]);
      const outcomes = await this.store.upsert(heads.map((index) => this.enrich(batch[index]!)));
      open = open.flatMap((claims, at) => settle(claims, outcomes[at]!, fates));
    }
    return fates;
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

function claimsByEvent(batch: readonly DeliveredMetadata[]): Claims[] {
  const events = new Map<string, Map<string | null, number[]>>();
  batch.forEach(({ metadata: { eventId, producer } }, index) => {
    const owners = events.get(eventId) ?? new Map<string | null, number[]>();
    const candidates = owners.get(producer.keyId) ?? [];
    candidates.push(index);
    events.set(eventId, owners.set(producer.keyId, candidates));
  });
  const acceptedAt = (index: number): number => batch[index]!.metadata.acceptedAt.getTime();
  // The sort is stable: of equally new events the first delivered stays in front.
  const latestFirst = (group: number[]): Candidates =>
    group.sort((a, b) => acceptedAt(b) - acceptedAt(a)) as [number, ...number[]];
  return Array.from(
    events.values(),
    (owners) => Array.from(owners.values(), latestFirst) as unknown as Claims,
  );
}

/** Notes the outcome of the event tried and answers what of its claims is still to be tried, if anything. */
function settle(
  [[tried, ...older], ...others]: Claims,
  outcome: StoreOutcome,
  fates: StoreOutcome[],
): Claims[] {
  fates[tried] = outcome;
  if (outcome.kind === 'foreign') for (const index of older) fates[index] = outcome;
  const [latest, ...rest] = outcome.kind === 'rejected' ? older : [];
  const [first, ...next]: Candidates[] = latest === undefined ? others : [[latest, ...rest], ...others];
  return first ? [[first, ...next]] : [];
}
