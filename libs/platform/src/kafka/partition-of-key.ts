const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;
const ROTATION = 24;
const MAX_INT32 = 0x7fffffff;

/**
 * The partition that Kafka's producers choose for `key` among `partitions`: its murmur2 hash, made positive, modulo.
 * Source: org.apache.kafka.common.utils.Utils.murmur2 and BuiltInPartitioner.partitionForKey.
 */
export function partitionOfKey(key: Buffer, partitions: number): number {
  return (murmur2(key) & MAX_INT32) % partitions;
}

function murmur2(key: Buffer): number {
  const tail = key.length & ~3;
  let hash = SEED ^ key.length;
  for (let at = 0; at < tail; at += 4) {
    let word = Math.imul(key.readInt32LE(at), MULTIPLIER);
    word = Math.imul(word ^ (word >>> ROTATION), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  if (tail < key.length) {
    for (let at = key.length - 1; at >= tail; at--) hash ^= key[at]! << (8 * (at - tail));
    hash = Math.imul(hash, MULTIPLIER);
  }
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}
