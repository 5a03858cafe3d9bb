import { setTimeout as sleep } from 'node:timers/promises';
import { isTooLarge, KafkaProducer } from '@libs/platform/kafka/kafka-producer';
import type { KafkaConnection } from '../kafka-connection';
import type { LineageRecords } from '../records/lineage-records';
import type { MetadataRecords } from '../records/metadata-records';
import { STOCK } from '../records/vector-stock';
import { messageOf, type KeyedMessage } from './kafka-messages';
import { Sender, type Attempt, type Verdict } from './sender';

const CONNECT_MS = 5_000;
const POLL_MS = 20;
const ACKNOWLEDGED: Verdict = { kind: 'acknowledged', label: 'acknowledged' };
const TOO_LARGE: Verdict = {
  kind: 'refused',
  label: 'MESSAGE_TOO_LARGE',
  refusal: {
    code: 'MESSAGE_TOO_LARGE',
    message: 'the request is larger than the topic takes: lower --batch',
  },
};

export interface KafkaTerms {
  readonly topic: string;
  /** How long the broker may wait for its replicas. */
  readonly timeoutMs: number;
}

/** Writes records to their topic, each acknowledged once all in-sync replicas hold it. */
export class KafkaSender extends Sender {
  private readonly producer: KafkaProducer;

  constructor(
    { kafka, logger }: KafkaConnection,
    private readonly records: MetadataRecords | LineageRecords,
    private readonly terms: KafkaTerms,
  ) {
    super();
    this.producer = new KafkaProducer(kafka, logger);
  }

  async prepare(): Promise<void> {
    this.producer.start();
    for (let index = 0; index < STOCK; index++) messageOf(this.records, index);
    // Where it takes longer the first records are retried until it is connected.
    for (const end = performance.now() + CONNECT_MS; performance.now() < end;) {
      if (await this.isConnected()) return;
      await sleep(POLL_MS);
    }
  }

  async attempt(indices: readonly number[]): Promise<Attempt> {
    const messages = indices.map((index) => messageOf(this.records, index));
    const bytes = messages.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    try {
      const answers = await this.producer.send({
        topic: this.terms.topic,
        timeout: this.terms.timeoutMs,
        messages,
      });
      const answered = new Set(answers.map(({ partition }) => partition));
      const isKept = ({ partition }: KeyedMessage): boolean => answered.has(partition ?? -1);
      // A leader that moved between two tries can leave a partition without an answer.
      return {
        verdicts: messages.map((one) => (isKept(one) ? ACKNOWLEDGED : retriable('no answer'))),
        bytes,
      };
    } catch (error) {
      const verdict = isTooLarge(error) ? TOO_LARGE : retriable(labelOf(error as Error));
      return { verdicts: messages.map(() => verdict), bytes };
    }
  }

  close(): Promise<void> {
    return this.producer.stop();
  }

  private isConnected(): Promise<boolean> {
    const nothing = this.producer.send({ topic: this.terms.topic, messages: [] });
    return nothing.then(
      () => true,
      () => false,
    );
  }
}

function retriable(label: string): Verdict {
  return { kind: 'retriable', label };
}

/** The innermost code that Kafka, kafkajs or the system gives what happened. */
function labelOf(error: Error): string {
  if (error.cause instanceof Error) return labelOf(error.cause);
  if ('type' in error) return String(error.type);
  return 'code' in error ? String(error.code) : error.name;
}
