import type { GpuDevice, Source } from '@libs/domain';
import { seededRandom, type Random } from '../../random/seeded-random';
import { CPU, GPUS } from './devices';
import type { RunIdentity } from './run-identity';
import { mixed, VectorStock, type VectorForms } from './vector-stock';

const MODELS = [
  { model: 'resnet50', kind: 'image', file: (n: number) => `photo-${n}.jpg` },
  { model: 'clip-vit-b-32', kind: 'image', file: (n: number) => `frame-${n}.png` },
  { model: 'dinov2-vits14', kind: 'image', file: (n: number) => `tile-${n}.webp` },
  { model: 'all-minilm-l6-v2', kind: 'text', file: (n: number) => `paragraph-${n}.txt` },
  { model: 'logbert', kind: 'log', file: (n: number) => `syslog-${n}.log` },
] as const;
const CPU_SHARE = 0.1;
/** Images that one forward pass takes. */
const PASS = 32;

/** The body of a submission, its embedding apart. */
export interface MetadataFields {
  readonly eventId: string;
  readonly model: string;
  readonly gpu: GpuDevice;
  /** RFC 3339. */
  readonly capturedAt: string;
  readonly source: Source;
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

export interface MetadataRecord {
  readonly fields: MetadataFields;
  readonly embedding: VectorForms;
}

/** Submissions of a run, as notebooks and jobs on several kinds of GPU would send them. */
export class MetadataRecords {
  private readonly vectors: VectorStock;

  constructor(
    readonly run: RunIdentity,
    dimension: number,
  ) {
    this.vectors = new VectorStock(dimension, run.seed);
  }

  at(index: number): MetadataRecord {
    const { run } = this;
    const random = seededRandom(mixed(run.seed ^ 0x5eed, index));
    const { model, kind, file } = MODELS[Math.floor(random() * MODELS.length)]!;
    const name = file(Math.floor(random() * 100_000));
    const fields = {
      eventId: run.eventId(index),
      model,
      gpu: deviceOf(random),
      capturedAt: new Date(run.arrivalMs(index)).toISOString(),
      source: { kind, uri: `file:///data/${kind}/${name}`, name },
      tags: ['load-producer', `run-${run.name}`],
      attributes: { sequence: index, batch: Math.floor(index / PASS), pretrained: random() < 0.9 },
    };
    return { fields, embedding: this.vectors.of(index) };
  }
}

function deviceOf(random: Random): GpuDevice {
  if (random() < CPU_SHARE) return CPU;
  const { maxPowerWatts: _, ...gpu } = GPUS[Math.floor(random() * GPUS.length)]!;
  return { ...gpu, allocatedMemoryBytes: Math.floor(gpu.totalMemoryBytes * (0.02 + 0.9 * random())) };
}
