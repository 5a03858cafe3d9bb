import type { Kafka, Message } from 'kafkajs';
import { DEAD_LETTER_HEADERS as NAMES, deadLetterTopic } from '@libs/contracts';
import { DeadLetters, DeadLetterTooLarge, type DeadLetter } from '@libs/domain';
import { encodableHeaders, isTooLarge, KafkaProducer, type Logger } from '@libs/platform';

const MAX_MESSAGE_CHARACTERS = 1_000;

/** Dead letters as records of `<topic>.dlq`, the original key, value and headers untouched. */
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
    // One by one: a broker takes record batches up to max.message.bytes, and some records are near it alone.
    for (const letter of letters) {
      const topic = deadLetterTopic(letter.record.position.topic);
      try {
        await this.producer.send({ topic, messages: [toMessage(letter)] });
      } catch (cause) {
        throw isTooLarge(cause) ? new DeadLetterTooLarge(topic, { cause }) : cause;
      }
    }
  }
}

function toMessage({ record, error, attempts, failedAt }: DeadLetter): Message {
  const { topic, partition, offset } = record.position;
  return {
    key: record.key as Buffer | null,
    value: record.value as Buffer | null,
    headers: {
      ...encodableHeaders(record.headers),
      [NAMES.code]: error.code,
      [NAMES.message]: error.message.slice(0, MAX_MESSAGE_CHARACTERS),
      [NAMES.topic]: topic,
      [NAMES.partition]: String(partition),
      [NAMES.offset]: String(offset),
      [NAMES.attempts]: String(attempts),
      [NAMES.failedAt]: failedAt.toISOString(),
    },
  };
}
