import { CompressionTypes, type Kafka, type ProducerRecord } from 'kafkajs';
import { deadLetterTopic } from '@libs/contracts';
import { DeadLetters, DeadLetterTooLarge, type DeadLetter } from '@libs/domain';
import { isTooLarge, KafkaProducer, type Logger } from '@libs/platform';
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
    this.producer.start();
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
    if (await this.isTaken({ topic, messages: letters.map(deadLetterMessage) })) return;
    for (const letter of letters) await this.sendAlone(topic, letter);
  }

  private async sendAlone(topic: string, letter: DeadLetter): Promise<void> {
    const whole = { topic, messages: [deadLetterMessage(letter)] };
    if (await this.isTaken(whole)) return;
    if (await this.isTaken({ ...whole, compression: CompressionTypes.GZIP })) return;
    for (const maxBytes of TRUNCATED_BYTES)
      if (await this.isTaken({ topic, messages: [truncatedMessage(letter, maxBytes)] })) return;
    throw new DeadLetterTooLarge(topic);
  }

  /** False where the topic refuses it as too large. */
  private async isTaken(request: Omit<ProducerRecord, 'acks'>): Promise<boolean> {
    try {
      await this.producer.sendAll(request);
      return true;
    } catch (error) {
      if (isTooLarge(error)) return false;
      throw error;
    }
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
