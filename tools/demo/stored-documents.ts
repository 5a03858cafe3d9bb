import { mongo } from 'mongoose';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { DemoError } from './demo-error';
import type { Accepted } from './metadata-client';
import { maskCredentials } from './report';

export const COLLECTION = 'gpu_metadata';
const CONNECT_WITHIN_MS = 5_000;
const POLL_MS = 250;
const SAY_EVERY_MS = 2_000;

/** What the demo reads of a document in `gpu_metadata`. */
const storedDocument = z.looseObject({
  _id: z.string(),
  model: z.string(),
  embedding: z.unknown(),
  embeddingDimension: z.number(),
  embeddingNorm: z.number(),
  gpu: z.looseObject({ deviceName: z.string() }),
  acceptedAt: z.date(),
  pipeline: z.looseObject({ ingestLatencyMs: z.number().nullable() }),
});

export type StoredDocument = z.infer<typeof storedDocument>;

interface AcceptanceTime {
  _id: string;
  acceptedAt: Date;
}

/** The database behind the pipeline, seen with the plain driver: nothing of ours stands between. */
export class StoredDocuments {
  private constructor(
    private readonly client: mongo.MongoClient,
    private readonly documents: mongo.Collection<AcceptanceTime>,
  ) {}

  /** Connects and asks for an answer; throws a DemoError when none comes within 5 s. */
  static async connect(uri: string, database: string): Promise<StoredDocuments> {
    try {
      const client = new mongo.MongoClient(uri, {
        appName: 'demo',
        serverSelectionTimeoutMS: CONNECT_WITHIN_MS,
      });
      await client.connect();
      return new StoredDocuments(client, client.db(database).collection<AcceptanceTime>(COLLECTION));
    } catch (error) {
      throw new DemoError(
        `The database ${maskCredentials(uri)} gives no answer: ${String(error)}.\n` +
          'Look at: make status (is the database running?), make logs.',
        { cause: error },
      );
    }
  }

  /** How many documents there are for these ids, one at most for each. */
  async count(eventIds: readonly string[]): Promise<number> {
    return this.documents.countDocuments({ _id: { $in: [...eventIds] } });
  }

  /** How many documents the collection holds. */
  async total(): Promise<number> {
    return this.documents.countDocuments({});
  }

  /**
   * Waits until each accepted event is stored as it was accepted now: a document left by an earlier
   * demo has the same id and an earlier acceptedAt. Throws a DemoError that names what is missing.
   */
  async arrival(accepted: readonly Accepted[], withinMs: number): Promise<StoredDocument[]> {
    const startedAt = Date.now();
    let saidAt = startedAt;
    for (;;) {
      const missing = await this.missing(accepted);
      const elapsedMs = Date.now() - startedAt;
      if (missing.length === 0) break;
      if (elapsedMs > withinMs) throw new DemoError(describeMissing(missing, accepted.length, elapsedMs));
      if (Date.now() - saidAt >= SAY_EVERY_MS) {
        saidAt = Date.now();
        console.log(`   ${progress(accepted.length - missing.length, accepted.length, elapsedMs)}`);
      }
      await sleep(POLL_MS);
    }
    console.log(`   ${progress(accepted.length, accepted.length, Date.now() - startedAt)}`);
    return this.read(accepted.map(({ eventId }) => eventId));
  }

  async close(): Promise<void> {
    await this.client.close();
  }

  private async missing(accepted: readonly Accepted[]): Promise<string[]> {
    const found = await this.documents
      .find({ _id: { $in: accepted.map(({ eventId }) => eventId) } }, { projection: { acceptedAt: 1 } })
      .toArray();
    const storedAt = new Map(found.map((document) => [document._id, document.acceptedAt.getTime()]));
    return accepted.flatMap(({ eventId, acceptedAt }) => {
      const time = storedAt.get(eventId);
      if (time === undefined) return [`${eventId}  not there`];
      if (time < acceptedAt.getTime()) return [`${eventId}  only an earlier one is there`];
      return [];
    });
  }

  /** The documents in the order of the ids. */
  private async read(eventIds: readonly string[]): Promise<StoredDocument[]> {
    const found = await this.documents.find({ _id: { $in: [...eventIds] } }).toArray();
    const byId = new Map(found.map((document) => [document._id, document]));
    return eventIds.map((eventId) => {
      const parsed = storedDocument.safeParse(byId.get(eventId));
      if (parsed.success) return parsed.data;
      throw new DemoError(`${eventId} is stored otherwise than designed:\n${z.prettifyError(parsed.error)}`);
    });
  }
}

function progress(stored: number, all: number, elapsedMs: number): string {
  return `${stored} of ${all} stored after ${(elapsedMs / 1000).toFixed(1)} s`;
}

function describeMissing(missing: readonly string[], all: number, elapsedMs: number): string {
  return [
    `${missing.length} of ${all} accepted records are not in ${COLLECTION} after ${(elapsedMs / 1000).toFixed(0)} s:`,
    ...missing.map((line) => `  ${line}`),
    'Look at: make status (is the worker running and has it joined its group?), make logs (its errors;',
    `a record it cannot store goes to gpu-metadata.dlq). A document that an API key of another id stored`,
    'is never replaced: "only an earlier one is there" may mean that.',
  ].join('\n');
}
