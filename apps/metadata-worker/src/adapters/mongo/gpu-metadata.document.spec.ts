import { derivedValues, type AcceptedMetadata } from '@libs/domain';
import { acceptedMetadata } from '@libs/domain/testing';
import { mongo } from 'mongoose';
import { toDocument, type GpuMetadataDocument } from './gpu-metadata.document';

function documentOf(changes: Partial<AcceptedMetadata>): GpuMetadataDocument {
  const event = acceptedMetadata(changes);
  const position = { topic: 'gpu-metadata', partition: 0, offset: 1n };
  const pipeline = { tags: [], position, workerVersion: '0', ingestLatencyMs: 1 };
  return toDocument({ ...event, ...derivedValues(event), processedAt: new Date(), pipeline }, 'vector');
}

describe(toDocument.name, () => {
  it('stores a vector as the driver itself would make it, bit for bit', () => {
    const values = Float32Array.of(0, -0, 1.5, 3.4e38, -1e-40, Math.PI);
    // A view that begins within its buffer.
    const embedding = new Float32Array(Float32Array.of(9, ...values).buffer, 4);
    const stored = documentOf({ embedding }).embedding as mongo.Binary;
    expect(mongo.BSON.serialize({ stored })).toEqual(
      mongo.BSON.serialize({ stored: mongo.Binary.fromFloat32Array(embedding) }),
    );
    expect(stored.toFloat32Array()).toEqual(values);
  });

  it('keeps a dot in the name of an attribute as %2E, so that no query takes it for a path', () => {
    const attributes = { 'model.type': 'cnn', '..a b.': 1, 'eval/loss': 0.3, _bsontype: 'x' };
    const stored = mongo.BSON.deserialize(mongo.BSON.serialize({ ...documentOf({ attributes }) }));
    expect(stored.attributes).toEqual({
      'model%2Etype': 'cnn',
      '%2E%2Ea b%2E': 1,
      'eval/loss': 0.3,
      _bsontype: 'x',
    });
  });

  it('keeps a utilization past 1, of managed and unified memory', () => {
    const { gpu } = acceptedMetadata();
    const memory = { totalMemoryBytes: 1000, allocatedMemoryBytes: 1600 };
    expect(documentOf({ gpu: { ...gpu, ...memory } }).gpu).toMatchObject({
      ...memory,
      memoryUtilization: 1.6,
    });
  });
});
