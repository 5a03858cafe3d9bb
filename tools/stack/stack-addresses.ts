import { Part } from './part';
import type { PartName, StackSettings } from './stack-settings';

export interface StackAddresses {
  readonly kafkaBrokers: string;
  readonly mongodbUri: string;
  readonly s3Endpoint: string;
}

/** Where Kafka, the database and the object store are: the user's own, else ours on the port on which it runs or will run. */
export function stackAddresses(settings: StackSettings): StackAddresses {
  return {
    kafkaBrokers: settings.externalKafkaBrokers ?? kafkaAddress(portOf('kafka', settings)),
    mongodbUri: settings.externalMongodbUri ?? databaseAddress(portOf('database', settings)),
    s3Endpoint: settings.externalS3Endpoint ?? s3Address(portOf('s3', settings)),
  };
}

/** The port of the part that runs, which may be another than the settings of now ask for. */
export function portOf(name: PartName, settings: StackSettings): number {
  return new Part(name, settings.stackDir).running()?.port ?? settings.ports[name];
}

export function kafkaAddress(port: number): string {
  return `127.0.0.1:${port}`;
}

export function databaseAddress(port: number): string {
  return `mongodb://127.0.0.1:${port}`;
}

export function s3Address(port: number): string {
  return `http://127.0.0.1:${port}`;
}
