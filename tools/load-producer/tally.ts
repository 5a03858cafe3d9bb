import { IndexSet } from './index-set';
import { LatencyHistogram } from './latency-histogram';
import type { Refusal, Verdict } from './sending/sender';

/** More kinds than this are counted together: an answer's text must not fill the memory. */
const MAX_KINDS = 50;
const OTHER = 'other';

export interface RefusedExample extends Refusal {
  readonly label: string;
  /** Of the first that was refused so. */
  readonly index: number;
  count: number;
}

/** What happened to the records so far; of the same size however many there are, but for a bit each in `kept`. */
export class Tally {
  sent = 0;
  acknowledged = 0;
  refused = 0;
  /** Neither acknowledged nor refused in time; they may be stored. */
  failed = 0;
  /** Arrived while as many waited as may. */
  neverSent = 0;
  /** Waited when a signal came. */
  leftUnsent = 0;
  retries = 0;
  requests = 0;
  bytes = 0;
  lastAcknowledgedAtMs = 0;
  /** Status and code → answers for single records, those of retried ones too. */
  readonly answers = new Map<string, number>();
  /** By label, code and pointer. */
  readonly refusals = new Map<string, RefusedExample>();
  /** From a record's arrival to its acknowledgement. */
  readonly latency = new LatencyHistogram();
  /** From the start of a request to its answer. */
  readonly answerTime = new LatencyHistogram();

  /** @param kept where acknowledged records are noted for a comparison later */
  constructor(readonly kept?: IndexSet) {}

  noteSent(count: number): void {
    this.sent += count;
  }

  noteRetries(count: number): void {
    this.retries += count;
  }

  noteFailed(count: number): void {
    this.failed += count;
  }

  noteRequest(bytes: number, tookMs: number): void {
    this.requests += 1;
    this.bytes += bytes;
    this.answerTime.record(tookMs);
  }

  noteAnswer(label: string): void {
    const known = this.answers.has(label) || this.answers.size < MAX_KINDS ? label : OTHER;
    this.answers.set(known, (this.answers.get(known) ?? 0) + 1);
  }

  noteAcknowledged(index: number, latencyMs: number): void {
    this.acknowledged += 1;
    this.lastAcknowledgedAtMs = performance.now();
    this.latency.record(latencyMs);
    this.kept?.add(index);
  }

  noteRefused(index: number, { label, refusal }: Extract<Verdict, { kind: 'refused' }>): void {
    this.refused += 1;
    // Items of a list are one kind: /embedding/17 is /embedding/*.
    const pointer = refusal.pointer?.replaceAll(/\/\d+(?=\/|$)/g, '/*');
    const kind = [label, refusal.code, pointer ?? ''].join(' ');
    const known = this.refusals.get(kind);
    if (known) known.count += 1;
    else if (this.refusals.size < MAX_KINDS) {
      const named = { ...refusal, ...(pointer !== undefined && { pointer }) };
      this.refusals.set(kind, { ...named, label, index, count: 1 });
    }
  }
}
