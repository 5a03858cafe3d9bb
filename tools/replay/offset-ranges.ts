import type { Admin } from 'kafkajs';
import { ReplayError } from './replay-error';
import type { Selection } from './selection';

/** Consecutive offsets of a partition; `to` is the first that is not part of it. */
export interface OffsetRange {
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

export interface ResolvedRanges {
  readonly ranges: readonly OffsetRange[];
  /** Where the broker holds less than was asked for, in sentences. */
  readonly notes: readonly string[];
}

/** What the broker holds of a partition: from its oldest record up to, without, its next. */
export interface HeldOffsets {
  readonly partition: number;
  readonly low: bigint;
  readonly high: bigint;
}

/**
 * The offsets a selection means right now. Ends are fixed here: what is appended later, a replay's own output
 * above all, is not part of it.
 *
 * @throws ReplayError where the topic or the partition does not exist
 */
export async function resolveRanges(admin: Admin, selection: Selection): Promise<ResolvedRanges> {
  const { sourceTopic, partition } = selection;
  const held = await heldOffsets(admin, sourceTopic);
  const chosen = held.filter((one) => partition === undefined || one.partition === partition);
  if (chosen.length === 0) {
    throw new ReplayError(
      `${sourceTopic} has no partition ${partition ?? 0}.`,
      `It has the partitions ${held.map((one) => one.partition).join(', ')}.`,
    );
  }
  const startsOf = await offsetsAt(admin, selection, selection.from);
  const endsOf = await offsetsAt(admin, selection, selection.to);
  const resolved = chosen.map((one) =>
    clamp(one, {
      partition: one.partition,
      from: selection.fromOffset ?? startsOf?.get(one.partition) ?? one.low,
      to: selection.toOffset ?? endsOf?.get(one.partition) ?? one.high,
    }),
  );
  return {
    ranges: resolved.map(({ range }) => range),
    notes: resolved.flatMap(({ notes }) => notes),
  };
}

/** @throws ReplayError where the topic does not exist */
export async function heldOffsets(admin: Admin, topic: string): Promise<HeldOffsets[]> {
  const topics = await admin.listTopics();
  if (!topics.includes(topic)) {
    const others = topics.filter((name) => !name.startsWith('__')).sort();
    throw new ReplayError(
      `There is no topic ${topic} on this Kafka.`,
      others.length === 0 ? 'It has none; is KAFKA_BROKERS right?' : `It has ${others.join(', ')}.`,
    );
  }
  const offsets = await admin.fetchTopicOffsets(topic);
  return offsets
    .map(({ partition, low, high }) => ({ partition, low: BigInt(low), high: BigInt(high) }))
    .sort((a, b) => a.partition - b.partition);
}

/** Cuts a range to what the broker holds, and says what was cut. */
export function clamp(held: HeldOffsets, asked: OffsetRange): { range: OffsetRange; notes: string[] } {
  const { partition, low, high } = held;
  const from = asked.from < low ? low : asked.from > high ? high : asked.from;
  const to = asked.to > high ? high : asked.to < from ? from : asked.to;
  const notes: string[] = [];
  if (asked.from < low) {
    notes.push(
      `Partition ${partition}: offsets ${asked.from} to ${low - 1n} have expired; the oldest left is ${low}.`,
    );
  }
  const past = asked.from > high ? asked.from : asked.to;
  if (past > high) notes.push(`Partition ${partition} ends at offset ${high}; ${past} is past it.`);
  return { range: { partition, from, to }, notes };
}

/** How many offsets the ranges span; of each of our topics, that many records. */
export function spanOf(ranges: readonly OffsetRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + Number(to - from), 0);
}

/** Partition → its first offset at or after `time` by the broker's clock. */
async function offsetsAt(
  admin: Admin,
  { sourceTopic }: Selection,
  time: Date | undefined,
): Promise<Map<number, bigint> | undefined> {
  if (time === undefined) return undefined;
  const found = await admin.fetchTopicOffsetsByTimestamp(sourceTopic, time.getTime());
  return new Map(found.map(({ partition, offset }) => [partition, BigInt(offset)]));
}
