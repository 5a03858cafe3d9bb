import { euclideanNorm } from '../model/embedding';
import { GpuDevice } from '../model/gpu-metadata';
import { DeliveredMetadata, RecordedMetadata } from '../model/recorded-metadata';
import { Clock } from '../ports/clock';
import { MetadataStore, StoreOutcome } from '../ports/metadata-store';

export interface RecordingSettings {
  readonly pipelineTags: readonly string[];
  readonly workerVersion: string;
}

/** Events of one (eventId, key id) pair, the one to store first in front; indexes into the batch. */
type Candidates = number[];

const SUPERSEDED: StoreOutcome = { kind: 'superseded' };

/** Enriches delivered events and stores the latest of each: redelivery and reordering change nothing. */
export class RecordMetadata {
  constructor(
    private readonly store: MetadataStore,
    private readonly clock: Clock,
    private readonly settings: RecordingSettings,
  ) {}

  /**
   * One fate for each event, in order. When the store rejects the latest event of an id,
   * the next latest is tried, as if each had been delivered alone.
   *
   * @throws StoreUnavailable — deliver the whole batch again
   */
  async execute(batch: readonly DeliveredMetadata[]): Promise<readonly StoreOutcome[]> {
    const fates = batch.map(() => SUPERSEDED);
    for (let open = candidatesByOwner(batch); open.length > 0;) {
      const heads = open.map((candidates) => candidates[0] as number);
      const outcomes = await this.store.upsert(
        heads.map((index) => this.enrich(batch[index] as DeliveredMetadata)),
      );
      heads.forEach((index, at) => (fates[index] = outcomes[at] as StoreOutcome));
      open = open
        .filter((_, at) => outcomes[at]?.kind === 'rejected')
        .map((candidates) => candidates.slice(1));
      open = open.filter((candidates) => candidates.length > 0);
    }
    return fates;
  }

  private enrich({ metadata, position, replayed }: DeliveredMetadata): RecordedMetadata {
    const processedAt = this.clock.now();
    const latencyMs = Math.max(0, processedAt.getTime() - metadata.acceptedAt.getTime());
    return {
      ...metadata,
      embeddingDimension: metadata.embedding.length,
      embeddingNorm: euclideanNorm(metadata.embedding),
      memoryUtilization: memoryUtilization(metadata.gpu),
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

function candidatesByOwner(batch: readonly DeliveredMetadata[]): Candidates[] {
  const groups = new Map<string, Candidates>();
  batch.forEach(({ metadata }, index) => {
    const owner = JSON.stringify([metadata.eventId, metadata.producer.keyId]);
    const group = groups.get(owner);
    if (group) group.push(index);
    else groups.set(owner, [index]);
  });
  const acceptedAt = (index: number): number => batch[index]?.metadata.acceptedAt.getTime() ?? 0;
  // The sort is stable: of equally new events the first delivered stays in front.
  return [...groups.values()].map((group) => group.sort((a, b) => acceptedAt(b) - acceptedAt(a)));
}

function memoryUtilization({ allocatedMemoryBytes, totalMemoryBytes }: GpuDevice): number | null {
  if (allocatedMemoryBytes === null || totalMemoryBytes === null || totalMemoryBytes === 0) return null;
  return allocatedMemoryBytes / totalMemoryBytes;
}
