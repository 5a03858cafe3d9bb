import type { mongo } from 'mongoose';
import { AppProcess } from './app-process';
import type { GpuMetadataDocument } from '../../../apps/metadata-worker/src/adapters/mongo/gpu-metadata.document';
import type {
  LineageCollection,
  LineageDocument,
} from '../../../apps/metadata-worker/src/adapters/mongo/lineage.document';
import type { MetadataCollection } from '../../../apps/metadata-worker/src/adapters/mongo/mongo-metadata-store';
import { MetadataTopic } from './metadata-topic';
import { connectDatabase, kafkaBrokers, mongodbUri, ownName } from './test-stack';

/** Settings of a built worker with a group and a database of its own, and what it wrote there. */
export class WorkerUnderTest {
  readonly groupId = ownName('worker-test');
  readonly database = ownName('worker_test');
  private constructor(private readonly client: mongo.MongoClient) {}

  /** Its group begins at the end of the topic: what the files before wrote is not stored again, which takes long. */
  static async prepare(): Promise<WorkerUnderTest> {
    const worker = new WorkerUnderTest(await connectDatabase());
    const topic = await MetadataTopic.open();
    await topic.beginHere(worker.groupId);
    await topic.close();
    return worker;
  }

  get documents(): MetadataCollection {
    return this.client.db(this.database).collection<GpuMetadataDocument>('gpu_metadata');
  }

  lineage(name: 'gpu_metrics' | 'token_usage'): LineageCollection {
    return this.client.db(this.database).collection<LineageDocument>(name);
  }

  env(changes: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return {
      KAFKA_BROKERS: kafkaBrokers,
      KAFKA_GROUP_ID: this.groupId,
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      MONGODB_URI: mongodbUri,
      MONGODB_DB: this.database,
      ...changes,
    };
  }

  start(changes: NodeJS.ProcessEnv = {}): Promise<AppProcess> {
    return AppProcess.start('metadata-worker', this.env(changes));
  }

  /** Every document byte for byte. */
  async contents(name = 'gpu_metadata'): Promise<Buffer[]> {
    const collection = this.client.db(this.database).collection(name);
    const raw = await collection.find({}, { raw: true }).sort({ _id: 1 }).toArray();
    return raw as unknown as Buffer[];
  }

  async discard(): Promise<void> {
    await this.client.db(this.database).dropDatabase();
    await this.client.close();
  }
}
