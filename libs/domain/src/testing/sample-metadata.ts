import { AcceptedMetadata } from '../model/gpu-metadata';
import { DeliveredMetadata } from '../model/recorded-metadata';

/** A valid accepted event; name only what the test is about. */
export function acceptedMetadata(changes: Partial<AcceptedMetadata> = {}): AcceptedMetadata {
  return {
    eventId: '0198f0c0-0000-7000-8000-000000000001',
    model: 'resnet50',
    embedding: Float32Array.of(3, 4),
    gpu: {
      deviceName: 'Tesla T4',
      backend: 'cuda',
      totalMemoryBytes: 1000,
      allocatedMemoryBytes: 250,
      computeCapability: '7.5',
      driverVersion: '550.54.15',
      cudaVersion: '12.4',
      hipVersion: null,
      torchVersion: '2.6.0',
    },
    capturedAt: new Date('2026-11-21T05:39:39.000Z'),
    tags: ['colab'],
    attributes: { batch: 7 },
    acceptedAt: new Date('2026-11-21T05:40:00.000Z'),
    producer: { keyId: null },
    ...changes,
  };
}

/** The same event as delivered from partition 0. */
export function deliveredMetadata(changes: Partial<AcceptedMetadata> = {}, offset = 0n): DeliveredMetadata {
  return {
    metadata: acceptedMetadata(changes),
    position: { topic: 'gpu-metadata', partition: 0, offset },
    replayed: false,
  };
}
