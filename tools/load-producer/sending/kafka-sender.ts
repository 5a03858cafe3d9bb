import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerUnavailable, PublishRefused } from '@libs/domain';
import { KafkaProducer, type SendOutcome } from '@libs/platform/kafka/kafka-producer';
import type { KafkaConnection } from '../kafka-connection';
import type { LineageRecords } from '../records/lineage-records';
import type { MetadataRecords } from '../records/metadata-records';
import { STOCK } from '../records/vector-stock';
import { messageOf } from './kafka-messages';
import { Sender, type Attempt, type Verdict } from './sender';

const CONNECT_MS = 5_000;
const ACKNOWLEDGED: Verdict = { kind: 'acknowledged', label: 'acknowledged' };

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
    const connected = this.producer.start();
    for (let index = 0; index < STOCK; index++) messageOf(this.records, index);
    // Where it takes longer the first records are retried until it is connected.
    await Promise.race([connected, sleep(CONNECT_MS, undefined, { ref: false })]);
  }

  async attempt(indices: readonly number[]): Promise<Attempt> {
    const messages = indices.map((index) => messageOf(this.records, index));
    const bytes = messages.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    const outcomes = await this.producer.send({
      topic: this.terms.topic,
      timeout: this.terms.timeoutMs,
      messages,
    });
    return { verdicts: outcomes.map(verdictOn), bytes };
  }

  close(): Promise<void> {
    return this.producer.stop();
  }
}

function verdictOn(outcome: SendOutcome): Verdict {
  if (outcome instanceof BrokerUnavailable) return { kind: 'retriable', label: labelOf(outcome) };
  if (!(outcome instanceof PublishRefused)) return ACKNOWLEDGED;
  const { message, concernsTopic: concernsAll, refused } = outcome;
  const { kafkaError: code } = refused;
  return { kind: 'refused', label: code, refusal: { code, message, concernsAll } };
}

/** The innermost code that Kafka, kafkajs or the system gives what happened. */
function labelOf(error: Error): string {
  if (error.cause instanceof Error) return labelOf(error.cause);
  if ('type' in error) return String(error.type);
  return 'code' in error ? String(error.code) : error.name;
}
