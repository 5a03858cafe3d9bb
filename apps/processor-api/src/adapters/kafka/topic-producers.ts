import type { Kafka } from 'kafkajs';
import type { EncodedRecord } from '@libs/contracts';
import type { StreamPosition } from '@libs/domain';
import { KafkaProducer, KeptMemory, type Logger } from '@libs/platform';
import type { PublishRefusals } from './publish-refusals';
import { PublishingTopic, type PublishingSettings } from './publishing-topic';
import { QueueBytes } from './queue-bytes';

/** What a few batches hold; more only after a pause of Kafka. */
const KEPT_BYTES = 8 * 1024 * 1024;

export interface TopicProducersSettings extends PublishingSettings {
  readonly topics: readonly string[];
  readonly queueBytes: number;
}

/**
 * All topics that the API writes to. Each has a producer and a queue of its own, so that a topic in trouble fails no
 * other topic's records; what waits in all of them together is bounded.
 */
export class TopicProducers {
  private readonly topics: ReadonlyMap<string, PublishingTopic>;
  private readonly memory = new KeptMemory(KEPT_BYTES);
  private readonly room: QueueBytes;

  constructor(kafka: Kafka, settings: TopicProducersSettings, refusals: PublishRefusals, logger: Logger) {
    this.room = new QueueBytes(settings.queueBytes);
    const { memory, room } = this;
    const open = (name: string): PublishingTopic =>
      new PublishingTopic(name, settings, {
        producer: new KafkaProducer(kafka, logger),
        memory,
        room,
        refusals,
      });
    this.topics = new Map(settings.topics.map((name) => [name, open(name)]));
  }

  /** Memory for the value of a record that will be published. */
  readonly allocate = (bytes: number): Buffer => this.memory.take(bytes);

  /** Bytes that wait for the broker. */
  get queuedBytes(): number {
    return this.room.bytes;
  }

  /** Why Kafka refuses every record of some topic; undefined while it does not. */
  get problem(): string | undefined {
    const problems = [...this.topics.values()].flatMap(({ problem }) => problem ?? []);
    return problems.length === 0 ? undefined : problems.join('; ');
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
    return this.room.hasRoom(bytes);
  }

  /** @throws PublishQueueFull, PublishTimeout, BrokerUnavailable, PublishRefused */
  publish(topic: string, { key, value, headers }: EncodedRecord): Promise<StreamPosition> {
    return this.topics.get(topic)!.publish({ key, value, headers });
  }
}
