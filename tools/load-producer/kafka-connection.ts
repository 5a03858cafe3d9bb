import type { Admin, Kafka } from 'kafkajs';
import pino, { type Logger } from 'pino';
import { createKafkaClient } from '@libs/platform/kafka/kafka-client';
import type { KafkaSettings } from '@libs/platform/kafka/kafka-settings';
import { ForeseenError } from '../console/foreseen-error';
import { reasonOf } from '../console/reason-of';

export interface KafkaConnection {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly logger: Logger;
}

/** @throws ForeseenError where no broker answers or the topic is not there */
export async function connectKafka(settings: KafkaSettings, topic: string): Promise<KafkaConnection> {
  // Standard output is for the summary.
  const logger = pino({ level: 'silent' });
  const kafka = createKafkaClient(settings, logger);
  const admin = kafka.admin({ retry: { retries: 3, initialRetryTime: 200 } });
  const topics = await topicsOf(admin, settings);
  if (!topics.includes(topic)) {
    throw new ForeseenError(
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
    throw new ForeseenError(
      `Kafka at ${brokers.join(',')} cannot be used: ${reasonOf(cause as Error)}`,
      'Start it, or set KAFKA_BROKERS (through a tunnel KAFKA_BROKER_MAP besides), KAFKA_SSL and KAFKA_SASL_*.',
      { cause },
    );
  }
}
