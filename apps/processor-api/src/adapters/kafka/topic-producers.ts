import type { Kafka, Message } from 'kafkajs';
import type { EncodedRecord } from '@libs/contracts';
import { BrokerUnavailable, type StreamPosition } from '@libs/domain';
import { KafkaProducer, KeptMemory, type Logger } from '@libs/platform';
import { PublishQueue, type PublishQueueSettings } from './publish-queue';
import { QueueBytes } from './queue-bytes';

/** What a few batches hold; more only after a pause of Kafka. */
const KEPT_BYTES = 8 * 1024 * 1024;
/** Headers and framing of one record on the wire, at most. */
const RECORD_OVERHEAD_BYTES = 512;

interface KeyedMessage extends Message {
  readonly key: Buffer;
  readonly value: Buffer;
}

/**
 * One connected producer for all topics. Each topic has a queue of its own, so that a topic in trouble fails no other
 * topic's records; what waits in all of them together is bounded.
 */
export class TopicProducers {
  private readonly producer: KafkaProducer;
  private readonly queues = new Map<string, PublishQueue<KeyedMessage>>();
  private readonly memory = new KeptMemory(KEPT_BYTES);
  private readonly room: QueueBytes;

  constructor(
    kafka: Kafka,
    private readonly settings: PublishQueueSettings & { readonly queueBytes: number },
    logger: Logger,
  ) {
    this.room = new QueueBytes(settings.queueBytes);
    this.producer = new KafkaProducer(kafka, logger);
  }

  /** Memory for the value of a record that will be published. */
  readonly allocate = (bytes: number): Buffer => this.memory.take(bytes);

  /** Bytes that wait for the broker. */
  get queuedBytes(): number {
    return this.room.bytes;
  }

  start(): void {
    this.producer.start();
  }

  /** Sends what waits, then disconnects. */
  async stop(): Promise<void> {
    await Promise.all([...this.queues.values()].map((queue) => queue.drain()));
    await this.producer.stop();
  }

  /** @throws PublishQueueFull — at once; rejects with PublishTimeout or BrokerUnavailable */
  publish(topic: string, { key, value, headers }: EncodedRecord): Promise<StreamPosition> {
    return this.queueOf(topic).submit({ key, value, headers }, value.length + RECORD_OVERHEAD_BYTES);
  }

  private queueOf(topic: string): PublishQueue<KeyedMessage> {
    const known = this.queues.get(topic);
    if (known) return known;
    const queue = new PublishQueue<KeyedMessage>(
      (messages) => this.send(topic, messages),
      this.settings,
      this.room,
    );
    this.queues.set(topic, queue);
    return queue;
  }

  private async send(topic: string, messages: readonly KeyedMessage[]): Promise<StreamPosition[]> {
    const { timeoutMs } = this.settings;
    const answers = await this.producer.send({ topic, timeout: timeoutMs, messages: [...messages] });
    const nextOffset = new Map(
      answers.map(({ partition, baseOffset }) => [partition, BigInt(baseOffset ?? -1)]),
    );
    // Whatever failed may be encoded again; what was acknowledged has been read for the last time.
    for (const { value } of messages) this.memory.giveBack(value);
    return messages.map(({ partition }) => {
      const offset = partition === undefined ? undefined : nextOffset.get(partition);
      // A leader that moved between two tries can leave a partition without an answer; without one, no promise.
      if (partition === undefined || offset === undefined) throw new BrokerUnavailable();
      nextOffset.set(partition, offset + 1n);
      return { topic, partition, offset };
    });
  }
}
