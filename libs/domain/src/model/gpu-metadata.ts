import { PackedEmbedding } from './embedding';

export const GPU_BACKENDS = ['cuda', 'rocm', 'xpu', 'mps', 'tpu', 'cpu'] as const;
export type GpuBackend = (typeof GPU_BACKENDS)[number];

/** What produced the embedding: the hardware as the runtime reports it; null where it cannot tell. */
export interface GpuDevice {
  readonly deviceName: string;
  readonly backend: GpuBackend | null;
  readonly totalMemoryBytes: number | null;
  /** May exceed `totalMemoryBytes`: managed and unified memory reach beyond the device's own. */
  readonly allocatedMemoryBytes: number | null;
  readonly computeCapability: string | null;
  readonly driverVersion: string | null;
  readonly cudaVersion: string | null;
  readonly hipVersion: string | null;
  readonly torchVersion: string | null;
}

export const SOURCE_KINDS = ['image', 'text', 'log', 'audio', 'video', 'table', 'other'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** What was embedded. */
export interface Source {
  readonly kind: SourceKind;
  readonly uri?: string;
  readonly name?: string;
}

export type AttributeValue = string | number | boolean;

/** One embedding with the hardware that computed it, as a producer describes it. */
export interface GpuMetadata<Embedding = Float32Array> {
  /** Lower-case UUID; one event, one document. */
  readonly eventId: string;
  readonly model: string;
  /** 1–8192 finite values. */
  readonly embedding: Embedding;
  readonly gpu: GpuDevice;
  readonly capturedAt: Date;
  readonly source?: Source;
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

/** A validated submission, on its way on as it came; the producer may leave the eventId to us. */
export type MetadataSubmission = Omit<GpuMetadata<PackedEmbedding>, 'eventId'> & {
  readonly eventId: string | null;
};

/** Who wrote the event: the id of the API key, null where the API runs without keys. */
export interface Producer {
  readonly keyId: string | null;
}

/** An event the API took responsibility for at `acceptedAt` (its clock, milliseconds). */
export interface AcceptedMetadata<Embedding = Float32Array> extends GpuMetadata<Embedding> {
  readonly acceptedAt: Date;
  readonly producer: Producer;
}

const EVENT_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** True for RFC 9562 text of versions 1–8, in either case; the nil and max UUIDs are none of them. */
export function isEventId(text: string): boolean {
  return EVENT_ID.test(text);
}

/**
 * A fresh UUIDv7 whose first 48 bits are `at` in Unix milliseconds.
 * Source: RFC 9562, section 5.7.
 */
export function newEventId(at: Date): string {
  const time = at.getTime().toString(16).padStart(12, '0');
  // Behind the version digit a UUIDv4 is built as a UUIDv7: variant and random bits.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
