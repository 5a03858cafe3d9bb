import type { mongo } from 'mongoose';
import type { ChildProgram } from '@libs/testing/child-program';

/** Where a round writes, and which group of consumers it is. */
export interface SinkOrder {
  readonly kafkaBrokers: string;
  readonly groupId: string;
  readonly mongodbUri: string;
  readonly database: string;
  /** The server, where it is measured too. */
  readonly databaseProgram?: ChildProgram;
}

/** A program that takes records from the topic into the collection `gpu_metadata`, a document each under its eventId. */
export interface Sink {
  readonly name: string;
  readonly start: (order: SinkOrder) => Promise<ChildProgram>;
  /** The bytes of the vector in a document, little-endian float32. */
  readonly embeddingOf: (document: mongo.Document) => Buffer;
}
