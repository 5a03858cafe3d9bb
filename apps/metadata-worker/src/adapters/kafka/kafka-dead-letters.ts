import { CompressionTypes, type Kafka } from 'kafkajs';
import { deadLetterTopic } from '@libs/contracts';
import {
  BrokerUnavailable,
  DeadLetters,
  DeadLetterTooLarge,
  PublishRefused,
  type DeadLetter,
} from '@libs/domain';
import { failureAmong, isTooLarge, KafkaProducer, type Logger, type SendRequest } from '@libs/platform';
import { deadLetterMessage, sizeOf, truncatedMessage } from './dead-letter-message';

/** A broker takes record batches up to max.message.bytes, 1 MiB by default. */
const MAX_REQUEST_BYTES = 512 * 1024;
/** What is kept of a record that its dead-letter topic does not take whole, from one try to the next. */
const TRUNCATED_BYTES = [64 * 1024, 4 * 1024, 0];

/** Dead letters as records of `<topic>.dlq`: the original key, value and headers untouched where the topic takes them. */
export class KafkaDeadLetters extends DeadLetters {
  private readonly producer: KafkaProducer;

  constructor(kafka: Kafka, logger: Logger) {
    super();
    this.producer = new KafkaProducer(kafka, logger);
  }

  start(): void {
    void this.producer.start();
  }

  stop(): Promise<void> {
    return this.producer.stop();
  }

  async send(letters: readonly DeadLetter[]): Promise<void> {
    const byTopic = Map.groupBy(letters, ({ record }) => deadLetterTopic(record.position.topic));
    for (const [topic, ofTopic] of byTopic)
      for (const request of requestsOf(ofTopic)) await this.sendTogether(topic, request);
  }

  private async sendTogether(topic: string, letters: readonly DeadLetter[]): Promise<void> {
    const tooLarge = await this.refusedAmong({ topic, messages: letters.map(deadLetterMessage) });
    for (const at of tooLarge) await this.sendShrunk(topic, letters[at]!);
  }

  private async sendShrunk(topic: string, letter: DeadLetter): Promise<void> {
    const packed = { topic, messages: [deadLetterMessage(letter)], compression: CompressionTypes.GZIP };
    if (await this.isTaken(packed)) return;
    for (const maxBytes of TRUNCATED_BYTES)
      if (await this.isTaken({ topic, messages: [truncatedMessage(letter, maxBytes)] })) return;
    throw new DeadLetterTooLarge(topic);
  }

  private async isTaken(request: SendRequest): Promise<boolean> {
    return (await this.refusedAmong(request)).length === 0;
  }

  /**
   * Which messages the topic refuses as too large; the others are on it.
   *
   * @throws BrokerUnavailable — also where Kafka refuses for good: the partition waits until somebody repairs the topic
   */
  private async refusedAmong(request: SendRequest): Promise<number[]> {
    const outcomes = await this.producer.send(request);
    const failure = failureAmong(outcomes);
    if (failure instanceof PublishRefused) throw new BrokerUnavailable({ cause: failure });
    if (failure) throw failure;
    return [...outcomes.keys()].filter((at) => isTooLarge(outcomes[at]!));
  }
}

function* requestsOf(letters: readonly DeadLetter[]): Generator<DeadLetter[]> {
  let request: DeadLetter[] = [];
  let bytes = 0;
  for (const letter of letters) {
    const size = sizeOf(letter);
    if (request.length > 0 && bytes + size > MAX_REQUEST_BYTES) {
      yield request;
      request = [];
      bytes = 0;
    }
    request.push(letter);
    bytes += size;
  }
  if (request.length > 0) yield request;
}
