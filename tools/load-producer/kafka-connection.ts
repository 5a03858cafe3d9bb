import type { Admin, Kafka } from 'kafkajs';
import pino, { type Logger } from 'pino';
import { createKafkaClient } from '@libs/platform/kafka/kafka-client';
import type { KafkaSettings } from '@libs/platform/kafka/kafka-settings';
import { LoadError } from './load-error';

export interface KafkaConnection {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly logger: Logger;
}

/** @throws LoadError where no broker answers or the topic is not there */
export async function connectKafka(settings: KafkaSettings, topic: string): Promise<KafkaConnection> {
  // Standard output is for the summary.
  const logger = pino({ level: 'silent' });
  const kafka = createKafkaClient(settings, logger);
  const admin = kafka.admin({ retry: { retries: 3, initialRetryTime: 200 } });
  const topics = await topicsOf(admin, settings);
  if (!topics.includes(topic)) {
    throw new LoadError(
      `There is no topic ${topic} at ${settings.brokers.join(',')}.`,
      'Start the worker, which makes it on a laptop, or declare it.',
    );
  }
  return { kafka, admin, logger };
}

async function topicsOf(admin: Admin, { brokers }: KafkaSettings): Promise<string[]> {
  try {
    await admin.connect();
    return await admin.listTopics();
  } catch (cause) {
    throw new LoadError(
      `Kafka at ${brokers.join(',')} cannot be used: ${reasonOf(cause as Error)}`,
      'Start it, or set KAFKA_BROKERS (through a tunnel KAFKA_BROKER_MAP besides), KAFKA_SSL and KAFKA_SASL_*.',
      { cause },
    );
  }
}

/** The innermost message: kafkajs wraps what happened in what it tried. */
function reasonOf({ cause, message }: Error): string {
  return cause instanceof Error ? reasonOf(cause) : message;
}
