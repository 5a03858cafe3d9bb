import { mongo } from 'mongoose';
import { toStoredMetadata, toVector, type StoredMetadataDocument } from './stored-metadata.document';

const VECTOR = Float32Array.of(0.1, -0, 1.4e-45, 3.4028234663852886e38, -2);
const { BSON } = mongo;

describe(toVector.name, () => {
  it.each<[string, unknown]>([
    ['vector', mongo.Binary.fromFloat32Array(VECTOR)],
    ['binary', new mongo.Binary(Buffer.from(VECTOR.buffer))],
    ['array', Array.from(VECTOR, (value) => new mongo.Double(value))],
  ])('reads an embedding stored as %s bit for bit, as it comes out of BSON', (_, embedding) => {
    const read = BSON.deserialize(BSON.serialize({ padding: 'x', embedding })) as StoredMetadataDocument;
    const vector = toVector(read.embedding!);
    expect(Buffer.from(vector.buffer)).toEqual(Buffer.from(VECTOR.buffer));
  });
});

describe(toStoredMetadata.name, () => {
  const document: StoredMetadataDocument = {
    _id: '0190b6a4-7c1e-7b3a-9c55-2f0f8d3f4a11',
    model: 'resnet50',
    embeddingDimension: 5,
    embeddingNorm: 1,
    gpu: {
      deviceName: 'Tesla T4',
      totalMemoryBytes: 4,
      allocatedMemoryBytes: 1,
      computeCapability: null,
      cudaVersion: null,
      torchVersion: null,
      memoryUtilization: 0.25,
    },
    tags: ['colab'],
    attributes: { _bsontype: 'x' },
    producer: { keyId: null },
    capturedAt: new Date(1),
    acceptedAt: new Date(2),
    processedAt: new Date(3),
    pipeline: {
      tags: [],
      topic: 'gpu-metadata',
      partition: 0,
      offset: 7,
      workerVersion: '0.1.0',
      ingestLatencyMs: null,
    },
  };

  it('has the words of the domain, null for what older documents lack, and no vector where there is none', () => {
    const { memoryUtilization: _, ...gpu } = document.gpu;
    expect(toStoredMetadata(document)).toStrictEqual({
      eventId: document._id,
      model: 'resnet50',
      embeddingDimension: 5,
      embeddingNorm: 1,
      gpu: { ...gpu, backend: null, driverVersion: null, hipVersion: null },
      memoryUtilization: 0.25,
      tags: ['colab'],
      attributes: { _bsontype: 'x' },
      producer: { keyId: null },
      capturedAt: new Date(1),
      acceptedAt: new Date(2),
      processedAt: new Date(3),
      pipeline: {
        tags: [],
        workerVersion: '0.1.0',
        ingestLatencyMs: null,
        position: { topic: 'gpu-metadata', partition: 0, offset: 7n },
      },
    });
  });

  it('has the attributes by the names that were sent, and what the hardware tells', () => {
    const told = { backend: 'rocm', driverVersion: '6.10.5', hipVersion: '6.2' } as const;
    const stored = toStoredMetadata({
      ...document,
      gpu: { ...document.gpu, ...told, memoryUtilization: 1.5 },
      attributes: { 'model%2Etype': 'cnn', '%2E%2Ea b%2E': 1, 'eval/loss': 0.3 },
    });
    expect(stored.gpu).toMatchObject(told);
    expect(stored.memoryUtilization).toBe(1.5);
    expect(stored.attributes).toEqual({ 'model.type': 'cnn', '..a b.': 1, 'eval/loss': 0.3 });
  });

  it('keeps an offset past 2^53 exact', () => {
    const pipeline = { ...document.pipeline, offset: mongo.Long.fromString('9007199254740993') };
    expect(toStoredMetadata({ ...document, pipeline }).pipeline.position.offset).toBe(9007199254740993n);
  });
});
