import type { mongo } from 'mongoose';

/** `collection` with some of its methods replaced. */
export function withMethods<Document extends mongo.Document>(
  collection: mongo.Collection<Document>,
  methods: {
    readonly bulkWrite?: (
      operations: mongo.AnyBulkWriteOperation<Document>[],
      options: mongo.BulkWriteOptions,
    ) => Promise<unknown>;
    readonly find?: (...query: Parameters<mongo.Collection<Document>['find']>) => unknown;
  },
): mongo.Collection<Document> {
  return new Proxy(collection, {
    get: (target, name) => {
      const value: unknown = Reflect.get(methods, name) ?? Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Before its n-th bulk write the n-th of `turns` is run: what another writer does in the meantime. */
export function interrupted<Document extends mongo.Document>(
  collection: mongo.Collection<Document>,
  turns: readonly (() => Promise<unknown>)[],
): mongo.Collection<Document> {
  let writes = 0;
  return withMethods(collection, {
    bulkWrite: async (operations, options) => {
      await turns[writes++]?.();
      return collection.bulkWrite(operations, options);
    },
  });
}
