import type { mongo } from 'mongoose';
import type { GpuMetadataDocument } from '../src/adapters/mongo/gpu-metadata.document';
import type { MetadataCollection } from '../src/adapters/mongo/mongo-metadata-store';

type Operation = mongo.AnyBulkWriteOperation<GpuMetadataDocument>;
type BulkWrite = (operations: Operation[], options: mongo.BulkWriteOptions) => Promise<unknown>;
type Find = (...query: Parameters<MetadataCollection['find']>) => unknown;

/** `collection` with some of its methods replaced. */
export function withMethods(
  collection: MetadataCollection,
  methods: { readonly bulkWrite?: BulkWrite; readonly find?: Find },
): MetadataCollection {
  return new Proxy(collection, {
    get: (target, name) => {
      const value: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Before its n-th bulk write the n-th of `turns` is run: what another writer does in the meantime. */
export function interrupted(
  collection: MetadataCollection,
  turns: readonly (() => Promise<unknown>)[],
): MetadataCollection {
  let writes = 0;
  return withMethods(collection, {
    bulkWrite: async (operations, options) => {
      await turns[writes++]?.();
      return collection.bulkWrite(operations, options);
    },
  });
}
