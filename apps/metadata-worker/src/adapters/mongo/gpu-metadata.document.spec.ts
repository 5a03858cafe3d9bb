import { derivedValues } from '@libs/domain';
import { acceptedMetadata } from '@libs/domain/testing';
import { mongo } from 'mongoose';
import { toDocument } from './gpu-metadata.document';

describe(toDocument.name, () => {
  it('stores a vector as the driver itself would make it, bit for bit', () => {
    const values = Float32Array.of(0, -0, 1.5, 3.4e38, -1e-40, Math.PI);
    // A view that begins within its buffer.
    const embedding = new Float32Array(Float32Array.of(9, ...values).buffer, 4);
    const event = acceptedMetadata({ embedding });
    const position = { topic: 'gpu-metadata', partition: 0, offset: 1n };
    const pipeline = { tags: [], position, workerVersion: '0', ingestLatencyMs: 1 };
    const record = { ...event, ...derivedValues(event), processedAt: new Date(), pipeline };
    const stored = toDocument(record, 'vector').embedding as mongo.Binary;
    expect(mongo.BSON.serialize({ stored })).toEqual(
      mongo.BSON.serialize({ stored: mongo.Binary.fromFloat32Array(embedding) }),
    );
    expect(stored.toFloat32Array()).toEqual(values);
  });
});
