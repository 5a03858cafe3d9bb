import type { mongo } from 'mongoose';
import type { GpuMetadataDocument } from '../src/adapters/mongo/gpu-metadata.document';
import type { MetadataCollection } from '../src/adapters/mongo/mongo-metadata-store';

export type Operation = mongo.AnyBulkWriteOperation<GpuMetadataDocument>;
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

/**
 * Its first upserts are torn in their two halves, as a server may execute them: nothing matches, then another
 * writer comes `between`, then the insert half collides.
 */
export function tornOnce(
  collection: MetadataCollection,
  between: () => Promise<unknown>,
): MetadataCollection {
  let isTorn = false;
  return withMethods(collection, {
    bulkWrite: async (operations, options) => {
      if (isTorn) return collection.bulkWrite(operations, options);
      isTorn = true;
      await between();
      return collection.bulkWrite(operations.map(insertHalf), options);
    },
  });
}

function insertHalf(operation: Operation): Operation {
  if (!('replaceOne' in operation)) throw new Error('not an upsert');
  const { filter, replacement } = operation.replaceOne;
  return { insertOne: { document: { _id: filter._id as string, ...replacement } } };
}
