import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@libs/testing/app-process';
import { HttpConnection } from '../ingest/http-connection';
import { eventIdOf, recordText, vectorsPerConnection, type LoadShape } from '../ingest/records';
import type { StoredCollection } from '../sink/watch-stored';

/** Where the POSTs go and what they hold. */
export interface PostTarget {
  readonly port: number;
  readonly path: string;
  readonly dimension: number;
}

export interface Pace {
  readonly recordsPerSecond: number;
  readonly seconds: number;
}

/** What one run at a pace took, in milliseconds from the moment a POST was begun. */
export interface PostTimes {
  readonly seconds: number;
  readonly answeredMs: readonly number[];
  /** Of every fourth record. */
  readonly storedMs: readonly number[];
}

const watchEvery = 4;
const pollMs = 1;
const storedWithinMs = 10_000;
const placeholder = /"eventId":"[^"]+"/;
/** Tells its ids from those of other scenarios. */
const firstRound = 0x0002_0000;

/** Sends records at an even pace and sees when they are stored. */
export class PacedPosts {
  private readonly free: HttpConnection[] = [];
  private readonly all: HttpConnection[] = [];
  private readonly bodies: readonly string[];
  private readonly shape: LoadShape;
  private round = firstRound;

  private constructor(
    private readonly target: PostTarget,
    private readonly documents: StoredCollection,
  ) {
    this.shape = { form: 'packed', dimension: target.dimension, connections: 1, batchSize: 1 };
    this.bodies = Array.from({ length: vectorsPerConnection }, (_, at) => recordText(this.shape, 0, at));
  }

  static async open(target: PostTarget, documents: StoredCollection): Promise<PacedPosts> {
    const posts = new PacedPosts(target, documents);
    posts.free.push(await posts.connect());
    return posts;
  }

  /** Rejects when a record is refused or not stored in the end. */
  async send({ recordsPerSecond, seconds }: Pace): Promise<PostTimes> {
    const round = ++this.round;
    const count = Math.round(recordsPerSecond * seconds);
    const storedBefore = await this.documents.estimatedDocumentCount();
    const answeredMs: number[] = [];
    const storedMs: number[] = [];
    const startedAt = performance.now();
    const under: Promise<unknown>[] = [];
    const follow = (work: Promise<number>, times: number[]): void => {
      const followed = work.then((ms) => times.push(ms));
      followed.catch(() => undefined); // told below, once all are sent
      under.push(followed);
    };
    for (let index = 0; index < count; index++) {
      await sleep(Math.max(0, startedAt + (index * 1_000) / recordsPerSecond - performance.now()));
      const id = eventIdOf(round, this.shape, 0, index);
      const begunAt = performance.now();
      follow(
        this.post(id, index).then(() => performance.now() - begunAt),
        answeredMs,
      );
      if (index % watchEvery === 0) follow(this.untilStored(id, begunAt), storedMs);
    }
    const sentAt = performance.now();
    await Promise.all(under);
    let stored = 0;
    await eventually(async () => {
      stored = (await this.documents.estimatedDocumentCount()) - storedBefore;
      return stored >= count;
    }, storedWithinMs);
    if (stored !== count) throw new Error(`${stored} of ${count} records are stored`);
    return { seconds: (sentAt - startedAt) / 1_000, answeredMs, storedMs };
  }

  close(): void {
    for (const connection of this.all) connection.close();
  }

  private async post(id: string, index: number): Promise<void> {
    const body = this.bodies[index % this.bodies.length]!.replace(placeholder, `"eventId":"${id}"`);
    const head = `POST ${this.target.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    const connection = this.free.pop() ?? (await this.connect());
    const status = await connection.send(Buffer.from(head + body));
    if (status !== 202) throw new Error(`a record was refused:\n${connection.lastAnswer.toString()}`);
    this.free.push(connection);
  }

  private async untilStored(_id: string, begunAt: number): Promise<number> {
    for (;;) {
      const document = await this.documents.findOne({ _id }, { projection: { _id: 1 } });
      const elapsedMs = performance.now() - begunAt;
      if (document) return elapsedMs;
      if (elapsedMs > storedWithinMs) throw new Error(`${_id} is not stored after ${storedWithinMs} ms`);
      await sleep(pollMs);
    }
  }

  private async connect(): Promise<HttpConnection> {
    const connection = await HttpConnection.open(this.target.port);
    this.all.push(connection);
    return connection;
  }
}
