import { randomUUID } from 'node:crypto';
import { mongo } from 'mongoose';
import { packedBody, submissionBody } from '@libs/contracts/testing';
import { eventually } from '../../../tools/testing/app-process';

const STORED_MS = 60_000;
const CONNECTIONS = 16;

interface StoredVector {
  readonly _id: string;
  readonly embedding: mongo.Binary;
}

/** Posts records, remembers what was acknowledged, and holds the database against it. */
export class Ledger {
  private readonly acknowledged = new Map<string, Float32Array>();
  private readonly client: mongo.MongoClient;

  constructor(
    mongodbUri: string,
    private readonly database: string,
  ) {
    this.client = new mongo.MongoClient(mongodbUri);
  }

  get size(): number {
    return this.acknowledged.size;
  }

  /** Posts one record; answers the status, 0 when the connection failed. */
  async post(url: string): Promise<Response | undefined> {
    const eventId = randomUUID();
    const vector = Float32Array.from({ length: 2048 }, () => Math.random());
    const body = JSON.stringify(submissionBody({ eventId, embedding: packedBody([...vector]) }));
    try {
      const response = await fetch(`${url}/v1/metadata`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      if (response.status === 202) this.acknowledged.set(eventId, vector);
      return response;
    } catch {
      return undefined;
    }
  }

  /** Posts over many connections until `isOver`. */
  async load(url: string, isOver: () => boolean): Promise<void> {
    const one = async (): Promise<void> => {
      while (!isOver()) await this.post(url);
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, one));
  }

  /** Posts `count` records that must all be acknowledged. */
  async fill(url: string, count: number): Promise<void> {
    const goal = this.size + count;
    await this.load(url, () => this.size >= goal);
  }

  /** What was acknowledged and is not in the database, with its content, after at most a minute. */
  async lost(): Promise<string[]> {
    let missing: string[] = [];
    await eventually(async () => (missing = await this.missing()).length === 0, STORED_MS);
    return missing;
  }

  /** The same, right now. */
  async missing(): Promise<string[]> {
    const stored = this.client
      .db(this.database)
      .collection<StoredVector>('gpu_metadata')
      .find({}, { projection: { embedding: 1 } });
    const missing = new Map(this.acknowledged);
    for await (const { _id, embedding } of stored) {
      const sent = missing.get(_id);
      if (sent && Buffer.from(sent.buffer).equals(Buffer.from(embedding.value()).subarray(2)))
        missing.delete(_id);
    }
    return [...missing.keys()];
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
