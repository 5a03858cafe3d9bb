import type { Admin, Kafka } from 'kafkajs';
import { createKafkaClient, createLogger, type KafkaSettings, type Logger } from '@libs/platform';
import { reasonOf } from '../console/reason-of';
import { ReplayError } from './replay-error';

/** Kafka as the commands use it. */
export interface Connection {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly logger: Logger;
  readonly clusterId: string;
}

/** @throws ReplayError where no broker answers */
export async function connect(settings: KafkaSettings): Promise<Connection> {
  // Standard output is for what the commands say themselves.
  const logger = createLogger('replay', 'silent');
  const kafka = createKafkaClient(settings, logger);
  const admin = kafka.admin({ retry: { retries: 3, initialRetryTime: 200 } });
  try {
    await admin.connect();
    const { clusterId } = await admin.describeCluster();
    return { kafka, admin, logger, clusterId };
  } catch (cause) {
    const reason = cause instanceof Error ? reasonOf(cause) : String(cause);
    throw new ReplayError(
      `Kafka at ${settings.brokers.join(',')} cannot be used: ${reason}`,
      'Start it, or set KAFKA_BROKERS (through a tunnel KAFKA_BROKER_MAP besides), KAFKA_SSL and KAFKA_SASL_*.',
      { cause },
    );
  }
}
