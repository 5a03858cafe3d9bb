import { packedJson } from '../gpu-metadata/embedding';

type Json = Record<string, unknown>;

/** The newest golden record: what `golden/submission-full.json` becomes on the topic. */
export const NEWEST_GOLDEN_RECORD = 'rocm-and-tracker-names.json';

/** A body with every field; name only what the test is about. `undefined` leaves a field out. */
export function submissionBody(changes: Json = {}): Json {
  return {
    eventId: '0198f0c0-0000-7000-8000-000000000001',
    model: 'resnet50',
    embedding: [0.5, -1.25, 3],
    gpu: gpuBody(),
    capturedAt: '2026-11-21T05:39:39.000Z',
    source: { kind: 'image', uri: 'file:///cat.jpg', name: 'cat.jpg' },
    tags: ['colab'],
    attributes: { batch: 7, pretrained: true, note: 'first' },
    ...changes,
  };
}

/** The `gpu` of a body. */
export function gpuBody(changes: Json = {}): Json {
  return {
    deviceName: 'Tesla T4',
    backend: 'cuda',
    totalMemoryBytes: 15843721216,
    allocatedMemoryBytes: 102760448,
    computeCapability: '7.5',
    driverVersion: '550.54.15',
    cudaVersion: '12.4',
    hipVersion: null,
    torchVersion: '2.6.0',
    ...changes,
  };
}

/** The packed form of `values`, with fields replaced by `changes`. */
export function packedBody(values: readonly number[], changes: Json = {}): Json {
  return { ...packedJson(Float32Array.from(values)), ...changes };
}
