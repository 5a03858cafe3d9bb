import { getConnectionToken } from '@nestjs/mongoose';
import type { Connection } from 'mongoose';
import { MetadataStore, type RecordedMetadata, type StoreOutcome } from '@libs/domain';
import { MongoMetadataStore } from '../../src/adapters/mongo/mongo-metadata-store';
import { metadataCollection } from '../../src/adapters/mongo/mongo-connection';
import { workerConfig, type WorkerConfig } from '../../src/config';
import { ConsumerModule } from '../../src/consumer/consumer.module';
import { replaceProvider } from './replace-provider';

const LATER_MS = 3_000;

/** The worker as it must not be: its offsets are committed before the database has the records. */
class EarlyCommit extends MetadataStore {
  constructor(private readonly store: MetadataStore) {
    super();
  }

  upsert(records: readonly RecordedMetadata[]): Promise<readonly StoreOutcome[]> {
    setTimeout(() => void this.store.upsert(records), LATER_MS);
    return Promise.resolve(records.map(() => ({ kind: 'stored' })));
  }
}

replaceProvider(ConsumerModule, {
  provide: MetadataStore,
  inject: [getConnectionToken(), workerConfig.KEY],
  useFactory: (connection: Connection, { database, embeddingStorage }: WorkerConfig) =>
    new EarlyCommit(new MongoMetadataStore(() => metadataCollection(connection, database), embeddingStorage)),
});
