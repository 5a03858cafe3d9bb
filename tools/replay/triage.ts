import { DEAD_LETTER_HEADERS, headerText } from '@libs/contracts';
import { isEventId, type StreamPosition, type RawRecord } from '@libs/domain';
import type { OffsetRange } from './offset-ranges';
import { originOf, refusedAt } from './replayed-record';
import { keyText } from './key-text';

/** What a replay works through; kept with it, so that a resumed one means the same. */
export interface ReplayPlan {
  readonly topic: string;
  readonly sourceTopic: string;
  readonly eventIds: readonly string[];
  readonly codes: readonly string[];
  readonly ranges: readonly OffsetRange[];
}

/** What happens to one record. */
export type Verdict =
  | { readonly kind: 'replay'; readonly origin: StreamPosition; readonly home: number }
  /** Another key or code than asked for. */
  | { readonly kind: 'other' }
  /** A copy whose original, or an earlier letter of the same record, is replayed already. */
  | { readonly kind: 'copy' }
  /** A dead letter that does not tell where it came from. */
  | { readonly kind: 'homeless' }
  /** Not all of the record is there. */
  | { readonly kind: 'partial' };

/** Tells for each record of the source, in order, whether it is to be replayed. */
export class Triage {
  private readonly eventIds: ReadonlySet<string>;
  private readonly codes: ReadonlySet<string>;
  private readonly ranges: ReadonlyMap<number, OffsetRange>;
  private readonly lettersSeen = new Set<string>();

  constructor(private readonly plan: ReplayPlan) {
    this.eventIds = new Set(plan.eventIds.map(comparable));
    this.codes = new Set(plan.codes);
    this.ranges = new Map(plan.ranges.map((range) => [range.partition, range]));
  }

  judge(record: RawRecord): Verdict {
    if (!this.isMeant(record)) return { kind: 'other' };
    if (record.unread) return { kind: 'partial' };
    return this.plan.sourceTopic === this.plan.topic ? this.judgeRecord(record) : this.judgeLetter(record);
  }

  /** Whether key and code are among those asked for. */
  isMeant(record: RawRecord): boolean {
    const hasKey = this.eventIds.size === 0 || this.eventIds.has(comparable(keyText(record) ?? ''));
    const hasCode =
      this.codes.size === 0 || this.codes.has(headerText(record, DEAD_LETTER_HEADERS.code) ?? '');
    return hasKey && hasCode;
  }

  /** Otherwise each replay of a whole topic would double it. */
  private judgeRecord(record: RawRecord): Verdict {
    const origin = originOf(record);
    if (origin !== undefined && this.replaysItself(origin)) return { kind: 'copy' };
    return { kind: 'replay', origin: origin ?? record.position, home: record.position.partition };
  }

  private replaysItself({ topic, partition, offset }: StreamPosition): boolean {
    const range = topic === this.plan.topic ? this.ranges.get(partition) : undefined;
    return range !== undefined && range.from <= offset && offset < range.to;
  }

  /** A record that was replayed and refused again left a letter each time; one of them is enough. */
  private judgeLetter(record: RawRecord): Verdict {
    const refused = refusedAt(record);
    if (refused?.topic !== this.plan.topic) return { kind: 'homeless' };
    if (headerText(record, DEAD_LETTER_HEADERS.truncated) !== undefined) return { kind: 'partial' };
    const origin = originOf(record) ?? refused;
    const identity = `${origin.topic}:${origin.partition}:${origin.offset}`;
    if (this.lettersSeen.has(identity)) return { kind: 'copy' };
    this.lettersSeen.add(identity);
    return { kind: 'replay', origin, home: refused.partition };
  }
}

/** Event ids are the same in either case; other keys are not. */
function comparable(key: string): string {
  return isEventId(key) ? key.toLowerCase() : key;
}
