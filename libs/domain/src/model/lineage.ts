import { Producer } from './gpu-metadata';
import { StreamPosition } from './recorded-metadata';

/** A value of a field that the contract does not name. */
export type AdditionalValue = string | number | boolean | null;

interface Lineage {
  /** One identity of one producer, one document. */
  readonly id: string;
  readonly ts: Date;
  /** What the producer told besides, as it wrote it. */
  readonly additional: Readonly<Record<string, AdditionalValue>>;
}

/** One reading of one GPU, in the field names of its topic; null where the GPU cannot tell. */
export interface GpuMetrics extends Lineage {
  readonly kind: 'gpu-metrics';
  readonly host: string;
  readonly gpu_index: number;
  /** Percent, 0–100. */
  readonly utilization: number | null;
  readonly mem_used_mb: number | null;
  readonly power_w: number | null;
}

/** The tokens of one call of a model, in the field names of its topic. */
export interface TokenUsage extends Lineage {
  readonly kind: 'token-usage';
  /** Lower-case UUID, where the producer named the call. */
  readonly event_id: string | null;
  readonly model: string;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  /** US dollars; null where it is unknown. */
  readonly cost_per_token: number | null;
}

export type LineageEvent = GpuMetrics | TokenUsage;

/** A valid event with all its fields as the producer wrote them, which are what the stream carries. */
export interface LineageSubmission<Event extends LineageEvent = LineageEvent> {
  readonly event: Event;
  readonly written: Readonly<Record<string, AdditionalValue>>;
}

/** A submission the API took responsibility for at `acceptedAt`. */
export interface AcceptedLineage extends LineageSubmission {
  readonly acceptedAt: Date;
  readonly producer: Producer;
}

/** An event as it was delivered to the worker. */
export interface DeliveredLineage<Event extends LineageEvent = LineageEvent> {
  readonly event: Event;
  /** Its owner; keyId null where a producer wrote the stream itself. */
  readonly producer: Producer;
  /** Where it was first published; a replay keeps it. */
  readonly position: StreamPosition;
}

/** An event with what the worker adds before it is stored. */
export interface RecordedLineage extends DeliveredLineage {
  readonly processedAt: Date;
  readonly workerVersion: string;
}
