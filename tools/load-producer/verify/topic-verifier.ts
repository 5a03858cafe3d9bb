import { setTimeout as sleep } from 'node:timers/promises';
import type { RawRecord } from '@libs/domain';
import { heldOffsets, type OffsetRange } from '../../replay/offset-ranges';
import { readRanges } from '../../replay/range-reader';
import type { IndexSet } from '../index-set';
import type { KafkaConnection } from '../kafka-connection';
import type { LineageRecords } from '../records/lineage-records';
import type { MetadataRecords } from '../records/metadata-records';
import type { LoadTopic } from '../settings';
import { Comparison } from './comparison';
import { contentDifference, vectorDifference } from './content-difference';
import type { Findings } from './verification';
import { Verifier } from './verifier';

type Json = Readonly<Record<string, unknown>>;

/** Reads what was appended to the topic since the run began; records of others are left alone. */
export class TopicVerifier extends Verifier {
  private readonly comparison = new Comparison();
  private starts: ReadonlyMap<number, bigint> = new Map();

  constructor(
    private readonly connection: KafkaConnection,
    private readonly topic: LoadTopic,
    private readonly records: MetadataRecords | LineageRecords,
  ) {
    super();
  }

  get found(): number {
    return this.comparison.found;
  }

  async prepare(): Promise<void> {
    const held = await heldOffsets(this.connection.admin, this.topic);
    this.starts = new Map(held.map(({ partition, high }) => [partition, high]));
  }

  /** Nothing is waited for: what was acknowledged is on the topic. */
  async verify(acknowledged: IndexSet, signal: AbortSignal): Promise<Findings> {
    const { comparison, topic } = this;
    const held = await heldOffsets(this.connection.admin, topic);
    const ranges = held.map(({ partition, low, high }): OffsetRange => ({
      partition,
      from: this.startOf(partition, low),
      to: high,
    }));
    const asked = { topic, ranges, signal, groupPrefix: 'load-producer' };
    await readRanges(this.connection.kafka, asked, async (records) => {
      for (const record of records) this.compare(record, acknowledged);
      await sleep(0);
    });
    for (const index of acknowledged.indices()) {
      if (comparison.hasFound(index)) continue;
      if (signal.aborted) comparison.unread += 1;
      else comparison.noteMissing(this.idOf(index));
    }
    return comparison.result({ where: 'topic', acknowledged: acknowledged.size });
  }

  close(): Promise<void> {
    return this.connection.admin.disconnect();
  }

  private startOf(partition: number, low: bigint): bigint {
    const start = this.starts.get(partition) ?? 0n;
    return start < low ? low : start;
  }

  private idOf(index: number): string {
    return 'topic' in this.records ? this.records.at(index).id : this.records.run.eventId(index);
  }

  private compare(record: RawRecord, acknowledged: IndexSet): void {
    const value = parsed(record);
    const index = this.indexOf(value);
    if (index === undefined || !acknowledged.has(index)) return;
    const key = record.key === null ? '' : Buffer.from(record.key).toString();
    const id = this.idOf(index);
    const difference = key === id ? this.differenceOf(index, value) : `its key is ${key}`;
    this.comparison.noteFound(index, id, difference);
  }

  private indexOf(value: Json): number | undefined {
    if ('topic' in this.records) return this.records.indexOf(value);
    return typeof value.eventId === 'string' ? this.records.run.indexOf(value.eventId) : undefined;
  }

  private differenceOf(index: number, value: Json): string | undefined {
    if ('topic' in this.records) return contentDifference(this.records.at(index).fields, value);
    const { fields, embedding } = this.records.at(index);
    const vector = (value.embedding as { data?: unknown } | undefined)?.data;
    if (typeof vector !== 'string') return '/embedding: nothing was read';
    return contentDifference(fields, value) ?? vectorDifference(embedding.base64(), vector);
  }
}

function parsed({ value }: RawRecord): Json {
  try {
    const document: unknown = JSON.parse(Buffer.from(value ?? []).toString());
    return typeof document === 'object' && document !== null ? (document as Json) : {};
  } catch {
    return {}; // somebody else's
  }
}
