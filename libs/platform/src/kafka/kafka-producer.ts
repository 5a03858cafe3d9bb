import { setTimeout as sleep } from 'node:timers/promises';
import {
  Partitioners,
  type ICustomPartitioner,
  type Kafka,
  type Producer,
  type ProducerRecord,
  type RecordMetadata,
} from 'kafkajs';
import { BrokerUnavailable } from '@libs/domain';
import type { Logger } from '../logger';

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
    createPartitioner: ICustomPartitioner = Partitioners.DefaultPartitioner,
  ) {
    this.producer = kafka.producer({
      allowAutoTopicCreation: false,
      idempotent: false,
      retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 1_000 },
      createPartitioner,
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
