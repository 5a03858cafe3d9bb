import type { GpuDevice } from '@libs/domain';
import { seededRandom, type Random } from '../random/seeded-random';

/** A body of POST /v1/metadata. */
export interface FleetRecord {
  readonly eventId: string;
  readonly model: string;
  readonly embedding: {
    readonly encoding: 'f32le-base64';
    readonly dimension: number;
    readonly data: string;
  };
  readonly gpu: GpuDevice;
  readonly capturedAt: string;
  readonly source: { readonly kind: Kind; readonly name: string };
  readonly tags: readonly string[];
  readonly attributes: Readonly<Record<string, string | number>>;
}

type Kind = 'image' | 'text' | 'audio';

interface DeviceKind {
  readonly deviceName: string;
  /** Null where there is no GPU. */
  readonly memoryGib: number | null;
  readonly computeCapability: string | null;
}

interface Model {
  readonly name: string;
  readonly dimension: number;
  readonly kind: Kind;
  readonly file: string;
  readonly devices: readonly DeviceKind[];
}

const GIB = 1024 ** 3;
const T4: DeviceKind = { deviceName: 'Tesla T4', memoryGib: 14.75, computeCapability: '7.5' };
const A100: DeviceKind = { deviceName: 'NVIDIA A100-SXM4-40GB', memoryGib: 39.56, computeCapability: '8.0' };
const RTX_3090: DeviceKind = {
  deviceName: 'NVIDIA GeForce RTX 3090',
  memoryGib: 23.68,
  computeCapability: '8.6',
};
const CPU: DeviceKind = { deviceName: 'cpu', memoryGib: null, computeCapability: null };
const MODELS: readonly Model[] = [
  {
    name: 'resnet50',
    dimension: 2048,
    kind: 'image',
    file: 'frame-%.jpg',
    devices: [T4, A100, RTX_3090],
  },
  { name: 'clip-vit-b-32', dimension: 512, kind: 'image', file: 'catalogue-%.png', devices: [A100, T4] },
  { name: 'all-minilm-l6-v2', dimension: 384, kind: 'text', file: 'ticket-%.txt', devices: [CPU, T4] },
  { name: 'whisper-small', dimension: 768, kind: 'audio', file: 'call-%.wav', devices: [RTX_3090] },
];
const SUBJECTS = 5;
const SPAN_MS = 24 * 3_600_000;

/**
 * `count` records of several models and devices, captured over the 24 hours before `untilMs`. The same seed gives
 * the same records but for their times. Vectors of one model and subject point about the same way.
 */
export function fleetRecords(seed: number, count: number, untilMs: number): FleetRecord[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const model = MODELS[Math.floor(random() ** 1.6 * MODELS.length)]!;
    const subject = Math.floor(random() * SUBJECTS);
    // The last record is the newest; they come at a rate that rises and falls.
    const age = (count - 1 - index) / count;
    const ageMs = (age + Math.sin(age * Math.PI * 6) / 20) * SPAN_MS;
    return {
      eventId: uuidOf(random),
      model: model.name,
      embedding: packed(vectorOf(model, subject, random)),
      gpu: deviceOf(model, random),
      capturedAt: new Date(untilMs - ageMs).toISOString(),
      source: { kind: model.kind, name: model.file.replace('%', String(1000 + index)) },
      tags: ['colab', `subject-${subject}`],
      attributes: { batch: Math.floor(index / 8), run: 'nightly' },
    };
  });
}

function deviceOf({ devices }: Model, random: Random): GpuDevice {
  const { deviceName, memoryGib, computeCapability } = devices[Math.floor(random() ** 1.4 * devices.length)]!;
  const totalMemoryBytes = memoryGib === null ? null : Math.round(memoryGib * GIB);
  return {
    deviceName,
    backend: memoryGib === null ? 'cpu' : 'cuda',
    totalMemoryBytes,
    allocatedMemoryBytes:
      totalMemoryBytes === null ? null : Math.round(totalMemoryBytes * (0.1 + 0.8 * random())),
    computeCapability,
    driverVersion: memoryGib === null ? null : '550.54.15',
    cudaVersion: memoryGib === null ? null : '12.4',
    hipVersion: null,
    torchVersion: '2.6.0',
  };
}

/** Waves of the subject's own frequencies under noise of the record's own, of length 1. */
function vectorOf({ dimension }: Model, subject: number, random: Random): Float32Array {
  const ofSubject = seededRandom(dimension * 31 + subject);
  const waves = Array.from({ length: 6 }, () => ({
    height: 0.4 + ofSubject(),
    turns: 1 + Math.floor(ofSubject() * 40),
    phase: ofSubject() * Math.PI * 2,
  }));
  const values = Array.from({ length: dimension }, (_, index) => {
    const angle = (index / dimension) * Math.PI * 2;
    const signal = waves.reduce(
      (sum, { height, turns, phase }) => sum + height * Math.sin(turns * angle + phase),
      0,
    );
    return signal + (random() - 0.5) * 3;
  });
  const norm = Math.hypot(...values);
  return Float32Array.from(values, (value) => value / norm);
}

function packed(vector: Float32Array): FleetRecord['embedding'] {
  return {
    encoding: 'f32le-base64',
    dimension: vector.length,
    data: Buffer.from(vector.buffer).toString('base64'),
  };
}

function uuidOf(random: Random): string {
  const bytes = Uint8Array.from({ length: 16 }, () => Math.floor(random() * 256));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Buffer.from(bytes).toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
