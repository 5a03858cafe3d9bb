import { freePort } from '../../../../tools/stack/port-holder';
import { eventually } from '@libs/testing/app-process';
import { HttpGate } from '@libs/testing/http-gate';
import { ArchiveBucket } from '../archive-bucket';
import { MetadataTopic } from '@libs/testing/metadata-topic';
import { s3Endpoint } from '@libs/testing/test-stack';
import { readArchive } from './archive-view';
import { SCALE } from './soak';

const GROUP_ID = 'metadata-archive';
const DRAIN_MS = SCALE * 120_000;

/** What the archive has of the topic since it is watched; places are `partition/offset`. */
export interface ArchiveBalance {
  readonly lost: readonly string[];
  /** Shown with two contents. */
  readonly twice: readonly string[];
}

/** A bucket behind a gate, held against the topic. */
export class WatchedArchive {
  private constructor(
    readonly gate: HttpGate,
    private readonly bucket: ArchiveBucket,
    /** Partition → the first offset that belongs into the bucket. */
    private readonly starts: ReadonlyMap<number, number>,
  ) {}

  /** Makes the bucket, and puts the group to the end of the topic: what earlier scenarios left is not its business. */
  static async make(): Promise<WatchedArchive> {
    const gate = new HttpGate(await freePort(), new URL(s3Endpoint));
    await gate.open();
    const bucket = await ArchiveBucket.make();
    return new WatchedArchive(gate, bucket, await withTopic((topic) => topic.beginHere(GROUP_ID)));
  }

  /** What a worker needs to archive into it. */
  get env(): NodeJS.ProcessEnv {
    return { ...this.bucket.env, S3_ENDPOINT: this.gate.url, ARCHIVE_MAX_AGE_MS: '1000' };
  }

  /** How many records wait to be archived. */
  lag(): Promise<number> {
    return withTopic((topic) => topic.lag(GROUP_ID));
  }

  /** Waits until the group has come to the end, and holds the bucket against the topic. */
  async compare(): Promise<ArchiveBalance> {
    await eventually(async () => (await this.lag()) === 0, DRAIN_MS);
    const { lines, contradictory } = await readArchive(this.bucket);
    const ends = await withTopic((topic) => topic.ends());
    const lost = [...ends].flatMap(([partition, end]) => {
      const start = this.starts.get(partition) ?? 0;
      const places = Array.from({ length: end - start }, (_, at) => `${partition}/${start + at}`);
      return places.filter((place) => !lines.has(place));
    });
    return { lost, twice: [...contradictory] };
  }

  async close(): Promise<void> {
    this.bucket.close();
    await this.gate.close();
  }
}

async function withTopic<T>(ask: (topic: MetadataTopic) => Promise<T>): Promise<T> {
  const topic = await MetadataTopic.open();
  try {
    return await ask(topic);
  } finally {
    await topic.close();
  }
}
