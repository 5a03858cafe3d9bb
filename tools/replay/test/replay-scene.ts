import type { Admin } from 'kafkajs';
import { headerText } from '@libs/contracts';
import type { RawRecord } from '@libs/domain';
import { MetadataTopic } from '@libs/testing/metadata-topic';
import { ownName, testKafka } from '@libs/testing/test-stack';
import { readRanges } from '../range-reader';
import { Tools } from './tool';

/** A topic of its own, what is on it, and the commands. */
export class ReplayScene {
  readonly tools = new Tools();
  private constructor(
    readonly name: string,
    readonly topic: MetadataTopic,
    readonly admin: Admin,
  ) {}

  static async open(): Promise<ReplayScene> {
    const name = ownName('replay-test');
    const admin = testKafka().admin();
    await admin.connect();
    return new ReplayScene(name, await MetadataTopic.open(name), admin);
  }

  async close(): Promise<void> {
    await this.topic.close();
    await this.admin.deleteTopics({ topics: [this.name] });
    await this.admin.disconnect();
    this.tools.remove();
  }

  replay(...args: string[]): ReturnType<Tools['replay']> {
    return this.tools.replay('--topic', this.name, ...args);
  }

  /** Everything on the topic, partition by partition. */
  async contents(): Promise<RawRecord[]> {
    const ends = [...(await this.topic.ends())];
    const ranges = ends.map(([partition, to]) => ({ partition, from: 0n, to: BigInt(to) }));
    const records: RawRecord[] = [];
    const { signal } = new AbortController();
    await readRanges(testKafka(), { topic: this.name, ranges, signal }, (more) => {
      records.push(...more);
      return Promise.resolve();
    });
    return records;
  }

  /** What replays published. */
  async copies(): Promise<RawRecord[]> {
    return (await this.contents()).filter((record) => originText(record) !== undefined);
  }

  async count(): Promise<number> {
    return [...(await this.topic.ends()).values()].reduce((sum, end) => sum + end, 0);
  }
}

/** PARTITION:OFFSET where a copy was first published. */
export function originText(record: RawRecord): string | undefined {
  const [partition, offset] = ['origin-partition', 'origin-offset'].map((name) => headerText(record, name));
  return offset === undefined ? undefined : `${partition}:${offset}`;
}
