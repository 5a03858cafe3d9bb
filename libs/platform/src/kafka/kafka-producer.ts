import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka, PartitionerArgs, Producer, ProducerRecord, RecordMetadata } from 'kafkajs';
import { BrokerUnavailable } from '@libs/domain';
import type { Logger } from '../logger';
import { partitionOfKey } from './partition-of-key';

const RECONNECT_MS = 1_000;
const TOO_LARGE: readonly unknown[] = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'];
const PROGRAMMING_ERRORS: readonly string[] = ['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError'];

/**
 * A producer that connects in the background, as often as it takes, and whose sends are acknowledged by all
 * in-sync replicas. kafkajs' `idempotent` stays off: on an error it reuses sequence numbers, and the broker then
 * drops acknowledged records as duplicates; ours end at the idempotent upsert instead.
 */
export class KafkaProducer {
  private readonly producer: Producer;
  private readonly stopping = new AbortController();

  constructor(
    kafka: Kafka,
    private readonly logger: Logger,
  ) {
    this.producer = kafka.producer({
      allowAutoTopicCreation: false,
      idempotent: false,
      retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 1_000 },
      createPartitioner: () => choosePartition,
    });
  }

  start(): void {
    void this.connect();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.producer.disconnect();
  }

  /** @throws BrokerUnavailable — any part of the record may be on the topic; a fault of ours as it is */
  async send(record: Omit<ProducerRecord, 'acks'>): Promise<RecordMetadata[]> {
    try {
      return await this.producer.send({ ...record, acks: -1 });
    } catch (cause) {
      throw faultOfOursIn(cause) ?? new BrokerUnavailable({ cause });
    }
  }

  /**
   * The same, and every message was acknowledged: a leader that moved between two tries can leave a partition without
   * an answer.
   *
   * @throws BrokerUnavailable — any part of the record may be on the topic; a fault of ours as it is
   */
  async sendAll(record: Omit<ProducerRecord, 'acks'>): Promise<void> {
    const answered = new Set((await this.send(record)).map(({ partition }) => partition));
    if (!record.messages.every(({ partition }) => answered.has(partition!))) throw new BrokerUnavailable();
  }

  private async connect(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.producer.connect();
        return;
      } catch (error) {
        this.logger.debug({ fault: (error as Error).message }, 'cannot connect to Kafka yet');
        await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}

/**
 * Writes down what it chooses, for answers name partitions, not messages, and keeps to it when kafkajs tries again. Its
 * own partitioner takes seconds for a very long key.
 */
function choosePartition({ message, partitionMetadata: { length } }: PartitionerArgs): number {
  const { key } = message;
  return (message.partition ??= Buffer.isBuffer(key)
    ? partitionOfKey(key, length)
    : Math.floor(Math.random() * length));
}

/** True when what was sent is larger than its topic takes, however the error is wrapped. */
export function isTooLarge(error: unknown): boolean {
  return causesOf(error).some((cause) => 'type' in cause && TOO_LARGE.includes(cause.type));
}

/** kafkajs wraps these too, though no retry mends them: src/retry/index.js. */
function faultOfOursIn(error: unknown): Error | undefined {
  return causesOf(error).find(({ name }) => PROGRAMMING_ERRORS.includes(name));
}

function causesOf(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}
