import { randomUUID } from 'node:crypto';
import { trace } from '@opentelemetry/api';
import type { KafkaMessage, Message } from 'kafkajs';
import { Counter, Histogram } from 'prom-client';
import { decodeThreeVersions } from '@libs/contracts/testing';
import { RecordMetadata, type RawRecord } from '@libs/domain';
import { acceptedMetadata } from '@libs/domain/testing';
import { createLogger, SystemClock, Tracing } from '@libs/platform';
import { KafkaBatchServer } from '../src/adapters/kafka/kafka-batch-server';
import { KafkaDeadLetters } from '../src/adapters/kafka/kafka-dead-letters';
import { MongoMetadataStore } from '../src/adapters/mongo/mongo-metadata-store';
import type { BatchContext } from '../src/consumer/batch-transport';
import { BatchProcessor } from '../src/consumer/batch-processor';
import {
  BATCH_DURATION_METRIC,
  ConsumerTelemetry,
  DEAD_LETTERS_METRIC,
  OFFSET_JUMPS_METRIC,
  RECORDS_METRIC,
} from '../src/consumer/consumer-telemetry';
import type { AppProcess } from '@libs/testing/app-process';
import { messageOf, MetadataTopic, text } from '@libs/testing/metadata-topic';
import { testKafka } from '@libs/testing/test-stack';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';

const PARTITION = 4;
const log = createLogger('test', 'silent');

/** A record as a producer of version 2 will write it. */
function ofVersion2(): Message {
  const message = messageOf(acceptedMetadata({ eventId: randomUUID() }));
  const value = JSON.parse(String(message.value)) as Record<string, unknown>;
  return {
    ...message,
    value: Buffer.from(JSON.stringify({ ...value, schemaVersion: 2, producer: { keyId: 'colab' } })),
  };
}

/** The record of a dead letter as replay publishes it. */
function replayed({ key, value, headers = {} }: KafkaMessage): Message {
  const own = Object.entries(headers).filter(([name]) => !name.startsWith('dlq-'));
  const origin = ['topic', 'partition', 'offset'].map((part) => [
    `origin-${part}`,
    text(headers, `dlq-${part}`),
  ]);
  return { key, value, headers: Object.fromEntries([...own, ...origin]) };
}

/** The worker of a later release: the same but for its decoder, which knows three versions. */
class UpgradedWorker {
  private readonly kafka = testKafka();
  private readonly deadLetters = new KafkaDeadLetters(this.kafka, log);
  private readonly server: KafkaBatchServer;

  constructor({ groupId, documents }: WorkerUnderTest) {
    const clock = new SystemClock();
    const store = new MongoMetadataStore(() => documents, 'vector');
    const record = new RecordMetadata(store, clock, { pipelineTags: [], workerVersion: '3.0.0' });
    const metrics = {
      records: new Counter({ ...RECORDS_METRIC, registers: [] }),
      deadLetters: new Counter({ ...DEAD_LETTERS_METRIC, registers: [] }),
      offsetJumps: new Counter({ ...OFFSET_JUMPS_METRIC, registers: [] }),
      durations: new Histogram({ ...BATCH_DURATION_METRIC, registers: [] }),
    };
    const telemetry = new ConsumerTelemetry(metrics, log);
    const processor = new BatchProcessor(this.deadLetters, clock, telemetry, new Tracing(trace));
    const settings = { groupId, sessionTimeoutMs: 6_000, maxRecords: 200, maxBytes: 2 ** 20 };
    this.server = new KafkaBatchServer(this.kafka, settings, { log, jumped: () => undefined });
    const process = (records: readonly RawRecord[], { attempt }: BatchContext): Promise<unknown> =>
      processor.process(records, attempt, {
        decode: decodeThreeVersions,
        store: (batch) => record.execute(batch),
      });
    this.server.addHandler('gpu-metadata', process as never, true);
  }

  start(): void {
    this.deadLetters.start();
    this.server.listen(() => undefined);
  }

  async stop(): Promise<void> {
    await this.server.close();
    await this.deadLetters.stop();
  }
}

describe('a record of a version that the worker does not know', () => {
  let topic: MetadataTopic;
  let worker: WorkerUnderTest;
  let today: AppProcess;
  let upgraded: UpgradedWorker;

  beforeAll(async () => {
    [topic, worker] = await Promise.all([MetadataTopic.open(), WorkerUnderTest.prepare()]);
    today = await worker.start();
    upgraded = new UpgradedWorker(worker);
  });
  afterAll(async () => {
    await Promise.all([today.stop(), upgraded.stop()]);
    await Promise.all([topic.close(), worker.discard()]);
  });

  it('waits on the dead-letter topic and becomes a document once the worker is upgraded', async () => {
    const message = ofVersion2();
    const offset = await topic.publish(PARTITION, [message]);
    const [letter] = await topic.deadLettersOf(PARTITION, [offset]);
    await topic.settledBy(worker.groupId);
    await today.stop();
    expect(text(letter?.headers, 'dlq-code')).toBe('unknown_schema_version');
    expect(text(letter?.headers, 'dlq-message')).toMatch(/got 2: upgrade the worker/);
    expect(await worker.documents.findOne({ _id: String(message.key) })).toBeNull();

    upgraded.start();
    await topic.publish(PARTITION, [replayed(letter!)]);
    await topic.settledBy(worker.groupId);
    expect(await worker.documents.findOne({ _id: String(message.key) })).toMatchObject({
      model: 'torchvision/resnet50',
      producer: { keyId: 'colab' },
      pipeline: { partition: PARTITION, offset, workerVersion: '3.0.0', ingestLatencyMs: null },
    });
  });
});
