import { Inject, Injectable } from '@nestjs/common';
import { Kafka } from 'kafkajs';
import {
  GPU_METADATA_TOPIC,
  GPU_METRICS_TOPIC,
  RECORD_HEADERS,
  TOKEN_USAGE_TOPIC,
  type EncodedRecord,
} from '@libs/contracts';
import type { StreamPosition } from '@libs/domain';
import { errorCodeOf, KafkaProducer, KafkaWatch, BufferPool, type TraceSpan } from '@libs/platform';
import { ByteBudget } from '../../byte-budget';
import { processorConfig, type ProcessorConfig } from '../../config';
import { PublishingTopic } from './publishing-topic';
import { PublishTelemetry } from './publish-telemetry';

const PUBLISHED_TOPICS = [GPU_METADATA_TOPIC, GPU_METRICS_TOPIC, TOKEN_USAGE_TOPIC];

/** What a few batches hold; more only after a pause of Kafka. */
const POOL_BYTES = 8 * 1024 * 1024;

/**
 * All topics that the API writes to. Each has a producer and a queue of its own, so that a topic in trouble fails no
 * other topic's records; what waits in all of them together is bounded.
 */
@Injectable()
export class TopicProducers {
  private readonly topics: ReadonlyMap<string, PublishingTopic>;
  private readonly pool = new BufferPool(POOL_BYTES);
  private readonly budget: ByteBudget;

  constructor(
    kafka: Kafka,
    @Inject(processorConfig.KEY) { publish }: ProcessorConfig,
    private readonly watch: KafkaWatch,
    private readonly telemetry: PublishTelemetry,
  ) {
    this.budget = new ByteBudget(publish.queueBytes);
    const { pool, budget } = this;
    const settings = { timeoutMs: publish.timeoutMs, willBeMade: () => watch.makesTopics };
    const open = (name: string): PublishingTopic =>
      new PublishingTopic(name, settings, {
        producer: new KafkaProducer(kafka, telemetry.logger),
        pool,
        budget,
        telemetry,
      });
    this.topics = new Map(PUBLISHED_TOPICS.map((name) => [name, open(name)]));
  }

  /** Memory for the value of a record that will be published. */
  readonly allocate = (bytes: number): Buffer => this.pool.acquire(bytes);

  /** Bytes that wait for the broker. */
  get queuedBytes(): number {
    return this.budget.bytes;
  }

  /** Why Kafka is not usable, or refuses every record of some topic; undefined while it does not. */
  get unhealthyReason(): string | undefined {
    const reasons = [...this.topics.values()].flatMap(({ unhealthyReason }) => unhealthyReason ?? []);
    return this.watch.unhealthyReason ?? (reasons.length === 0 ? undefined : reasons.join('; '));
  }

  start(): void {
    for (const topic of this.topics.values()) void topic.start();
  }

  /** Sends what waits, then disconnects. */
  async stop(): Promise<void> {
    await Promise.all([...this.topics.values()].map((topic) => topic.stop()));
  }

  /** Whether a record of so many bytes would find room to wait now. */
  hasRoom(bytes: number): boolean {
    return this.budget.hasRoom(bytes);
  }

  /**
   * The span tells how long the record waited for Kafka; the record carries it on, so that the worker's is its child.
   *
   * @throws PublishQueueFull, PublishTimeout, BrokerUnavailable, PublishRefused
   */
  publish(topic: string, { key, value, headers }: EncodedRecord): Promise<StreamPosition> {
    const span = this.telemetry.startSpan(topic, headers);
    const producer = this.topics.get(topic)!;
    if (!span.isRecorded) return producer.publish({ key, value, headers });
    const traced = { ...headers, [RECORD_HEADERS.traceparent]: span.traceparent };
    return endWith(span, producer.publish({ key, value, headers: traced }));
  }
}

/** Apart from `publish`, whose frame holds the record. */
async function endWith(span: TraceSpan, published: Promise<StreamPosition>): Promise<StreamPosition> {
  try {
    const position = await published;
    span.end({
      'messaging.destination.partition.id': String(position.partition),
      'messaging.kafka.offset': Number(position.offset),
    });
    return position;
  } catch (error) {
    span.end({}, errorCodeOf(error));
    throw error;
  }
}
