import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { replacePrivateFile } from '@libs/platform';
import { ReplayError } from './replay-error';
import type { ReplayPlan } from './triage';

const offset = z.string().regex(/^\d+$/).transform(BigInt);
const schema = z.object({
  startedAt: z.string(),
  clusterId: z.string(),
  published: z.number(),
  plan: z.object({
    topic: z.string(),
    sourceTopic: z.string(),
    eventIds: z.array(z.string()),
    codes: z.array(z.string()),
    ranges: z.array(z.object({ partition: z.number(), from: offset, to: offset })),
  }),
  /** Partition → the offset to continue at. */
  positions: z.record(z.string(), offset),
});

type Entry = z.output<typeof schema>;

/**
 * How far a replay has come, in a file that is replaced as a whole: what it says is settled has been acknowledged.
 * The file is there from the start of a replay until its end.
 */
export class ReplayJournal {
  private constructor(
    private readonly dir: string,
    readonly id: string,
    private readonly entry: Entry,
  ) {}

  static create(dir: string, plan: ReplayPlan, clusterId: string): ReplayJournal {
    const startedAt = new Date().toISOString();
    const id = `${startedAt.slice(0, 19).replaceAll(/[-:]/g, '')}-${randomBytes(2).toString('hex')}`;
    const { topic, sourceTopic, eventIds, codes, ranges } = plan;
    const journal = new ReplayJournal(dir, id, {
      startedAt,
      clusterId,
      published: 0,
      plan: { topic, sourceTopic, eventIds: [...eventIds], codes: [...codes], ranges: [...ranges] },
      positions: Object.fromEntries(ranges.map(({ partition, from }) => [partition, from])),
    });
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    journal.save();
    return journal;
  }

  /** @throws ReplayError where no such replay was interrupted, or its file is not readable */
  static open(dir: string, id: string): ReplayJournal {
    const known = ReplayJournal.list(dir);
    if (!known.includes(id)) {
      throw new ReplayError(
        `No interrupted replay ${id} in ${dir}; one that has ended leaves nothing behind.`,
        known.length === 0 ? 'There is none to resume.' : `Those to resume: ${known.join(', ')}.`,
      );
    }
    const file = fileOf(dir, id);
    try {
      return new ReplayJournal(dir, id, schema.parse(JSON.parse(readFileSync(file, 'utf8'))));
    } catch (cause) {
      const nextStep = `Start the replay anew: what was published before is harmless. Remove ${file}.`;
      throw new ReplayError(`${file} is not the journal of a replay.`, nextStep, { cause });
    }
  }

  /** The ids of interrupted replays, oldest first. */
  static list(dir: string): string[] {
    try {
      const files = readdirSync(dir).filter((name) => name.endsWith('.json'));
      return files.map((name) => name.slice(0, -'.json'.length)).sort();
    } catch {
      return [];
    }
  }

  get plan(): ReplayPlan {
    return this.entry.plan;
  }

  get clusterId(): string {
    return this.entry.clusterId;
  }

  get startedAt(): string {
    return this.entry.startedAt;
  }

  /** Records published since the replay's start, over all its runs. */
  get published(): number {
    return this.entry.published;
  }

  positionOf(partition: number): bigint {
    return this.entry.positions[partition] ?? 0n;
  }

  /** Everything before `next` is settled, `published` records of it by publishing. */
  advance(partition: number, next: bigint, published: number): void {
    if (next > this.positionOf(partition)) this.entry.positions[partition] = next;
    this.entry.published += published;
  }

  save(): void {
    const asText = (_: string, value: unknown): unknown =>
      typeof value === 'bigint' ? String(value) : value;
    replacePrivateFile(fileOf(this.dir, this.id), JSON.stringify(this.entry, asText, 2));
  }

  remove(): void {
    rmSync(fileOf(this.dir, this.id), { force: true });
  }
}

function fileOf(dir: string, id: string): string {
  return join(dir, `${id}.json`);
}
