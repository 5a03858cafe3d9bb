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
