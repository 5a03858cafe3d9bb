import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { mongo } from 'mongoose';
import { createKafkaClient, createLogger } from '@libs/platform';

/** Where Kafka, the database and S3 of this test run are: jest's globalSetup started them. */
export const kafkaBrokers = given('TEST_KAFKA_BROKERS');
export const mongodbUri = given('TEST_MONGODB_URI');
export const s3Endpoint = given('TEST_S3_ENDPOINT');

/** A name nobody else uses in this run: for a database, a group, a topic. */
export function ownName(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`;
}

/** A kafkajs client of the test itself. */
export function testKafka(): Kafka {
  return new Kafka({ brokers: kafkaBrokers.split(','), clientId: 'test', logLevel: logLevel.NOTHING });
}

/** A client as both apps make it. */
export function appKafka(): Kafka {
  const settings = { clientId: 'test', createTopics: false, brokerMap: new Map<string, string>() };
  return createKafkaClient({ ...settings, brokers: kafkaBrokers.split(',') }, createLogger('test', 'silent'));
}

export function connectDatabase(): Promise<mongo.MongoClient> {
  return mongo.MongoClient.connect(mongodbUri, { retryWrites: false });
}

function given(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the jest project 'stack'`);
  return value;
}
