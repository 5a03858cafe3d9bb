import { DEAD_LETTER_HEADERS, headerText } from '@libs/contracts';
import type { RawRecord } from '@libs/domain';
import type { Verdict } from './triage';

export interface PartitionTally {
  read: number;
  selected: number;
  published: number;
  copies: number;
}

/** What a replay, or its dry run, has seen and done. */
export class Tally {
  readonly partitions = new Map<number, PartitionTally>();
  /** Code → selected letters. */
  readonly codes = new Map<string, number>();
  readonly homeless: string[] = [];
  readonly partial: string[] = [];
  readonly tooLarge: string[] = [];
  first: Date | undefined;
  last: Date | undefined;
  bytes = 0;

  total(of: keyof PartitionTally): number {
    return [...this.partitions.values()].reduce((sum, one) => sum + one[of], 0);
  }

  note(record: RawRecord, { kind }: Verdict): void {
    const { partition, offset } = record.position;
    const counts = this.countsOf(partition);
    counts.read += 1;
    if (kind === 'copy') counts.copies += 1;
    if (kind === 'homeless') this.homeless.push(`${partition}:${offset}`);
    if (kind === 'partial') this.partial.push(`${partition}:${offset}`);
    if (kind !== 'replay') return;
    counts.selected += 1;
    this.bytes += record.value?.length ?? 0;
    if (this.first === undefined || record.timestamp < this.first) this.first = record.timestamp;
    if (this.last === undefined || record.timestamp > this.last) this.last = record.timestamp;
    const code = headerText(record, DEAD_LETTER_HEADERS.code);
    if (code !== undefined) this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
  }

  notePublished(partition: number, count: number): void {
    this.countsOf(partition).published += count;
  }

  private countsOf(partition: number): PartitionTally {
    const found = this.partitions.get(partition) ?? { read: 0, selected: 0, published: 0, copies: 0 };
    this.partitions.set(partition, found);
    return found;
  }
}
