import fc from 'fast-check';
import { Partitioners } from 'kafkajs';
import { partitionOfKey } from './partition-of-key';

const choose = Partitioners.DefaultPartitioner();

function chosenByKafkajs(key: Buffer, partitions: number): number {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    partitionErrorCode: 0,
    leader: 0,
    replicas: [],
    isr: [],
  }));
  return choose({ topic: 'any', partitionMetadata, message: { key, value: null } });
}

describe(partitionOfKey.name, () => {
  it('is the partition that kafkajs chooses, whatever the key and its length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 1, max: 64 }), (bytes, partitions) => {
        const key = Buffer.from(bytes);
        expect(partitionOfKey(key, partitions)).toBe(chosenByKafkajs(key, partitions));
      }),
      { numRuns: 1_000 },
    );
  });
});
