import { Partitioners, type Kafka, type Message } from 'kafkajs';
import { encodeRecord, GPU_METADATA_TOPIC } from '@libs/contracts';
import {
  BrokerUnavailable,
  EventPublisher,
  type AcceptedMetadata,
  type PublishContext,
  type StreamPosition,
} from '@libs/domain';
import { KafkaProducer, type Logger } from '@libs/platform';
import { PublishQueue, type PublishQueueSettings } from './publish-queue';

/** Headers and framing of one record on the wire, at most. */
const RECORD_OVERHEAD_BYTES = 512;

/** Publishes to `gpu-metadata`, in batches, each caller answered by its own acknowledgement. */
export class KafkaEventPublisher extends EventPublisher {
  private readonly producer: KafkaProducer;
  private readonly queue: PublishQueue<Message>;
  private readonly partitionOf = new WeakMap<Message, number>();

  constructor(
    kafka: Kafka,
    private readonly settings: PublishQueueSettings,
    logger: Logger,
  ) {
    super();
    const choose = Partitioners.DefaultPartitioner();
    const rememberPartition = (args: Parameters<typeof choose>[0]): number => {
      const partition = choose(args);
      this.partitionOf.set(args.message, partition);
      return partition;
    };
    this.producer = new KafkaProducer(kafka, logger, () => rememberPartition);
    this.queue = new PublishQueue((messages) => this.send(messages), settings);
  }

  /** Bytes that wait for the broker. */
  get queuedBytes(): number {
    return this.queue.bytes;
  }

  start(): void {
    this.producer.start();
  }

  /** Sends what waits, then disconnects. */
  async stop(): Promise<void> {
    await this.queue.drain();
    await this.producer.stop();
  }

  publish(event: AcceptedMetadata, { traceparent }: PublishContext): Promise<StreamPosition> {
    const { key, value, headers } = encodeRecord(event, traceparent);
    return this.queue.submit({ key, value, headers }, value.length + RECORD_OVERHEAD_BYTES);
  }

  private async send(messages: readonly Message[]): Promise<StreamPosition[]> {
    const { timeoutMs } = this.settings;
    const answers = await this.producer.send({
      topic: GPU_METADATA_TOPIC,
      timeout: timeoutMs,
      messages: [...messages],
    });
    const nextOffset = new Map(
      answers.map(({ partition, baseOffset }) => [partition, BigInt(baseOffset ?? -1)]),
    );
    return messages.map((message) => {
      const partition = this.partitionOf.get(message);
      const offset = partition === undefined ? undefined : nextOffset.get(partition);
      // A leader that moved between two tries can leave a partition without an answer; without one, no promise.
      if (partition === undefined || offset === undefined) throw new BrokerUnavailable();
      nextOffset.set(partition, offset + 1n);
      return { topic: GPU_METADATA_TOPIC, partition, offset };
    });
  }
}
