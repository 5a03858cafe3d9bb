import { setTimeout as sleepFor } from 'node:timers/promises';
import type { Tally } from '../tally';
import { retryDelayMs, type RetryTerms } from './retry-delay';
import type { Refusal, Sender, Verdict } from './sender';

export interface DeliveryTerms {
  /** How long a record is tried. */
  readonly retryForMs: number;
  /** When a record arrived, on the clock of performance.now(). */
  readonly dueAtMs: (index: number) => number;
  /** Ends waiting between attempts; what is not acknowledged by then has failed. */
  readonly cut: AbortSignal;
  /** Called for a refusal that would meet every record, before any was acknowledged. */
  readonly onHopeless: (refusal: Refusal) => void;
}

type Sleep = (ms: number, signal: AbortSignal) => Promise<unknown>;
const sleepUnlessCut: Sleep = (ms, signal) => sleepFor(ms, undefined, { signal }).catch(() => undefined);

/** Sends records until each is acknowledged, refused or out of time. */
export class Delivery {
  constructor(
    private readonly sender: Sender,
    private readonly tally: Tally,
    private readonly terms: DeliveryTerms,
    private readonly sleep: Sleep = sleepUnlessCut,
  ) {}

  /** Resolves once nothing more will be tried of these records; never rejects. */
  async deliver(indices: readonly number[]): Promise<void> {
    const { tally, terms } = this;
    const giveUpAtMs = performance.now() + terms.retryForMs;
    let waiting = indices;
    tally.noteSent(indices.length);
    for (let attempt = 1; ; attempt++) {
      const begunAtMs = performance.now();
      const { verdicts, bytes } = await this.sender.attempt(waiting);
      tally.noteRequest(bytes, performance.now() - begunAtMs);
      const askedMs = longest(verdicts);
      waiting = waiting.filter((index, at) => this.isOpen(index, verdicts[at]!));
      if (waiting.length === 0) return;
      if (!(await this.mayRetry({ attempt, askedMs }, giveUpAtMs))) {
        tally.noteFailed(waiting.length);
        return;
      }
      tally.noteRetries(waiting.length);
    }
  }

  /** True while the record is to be sent again. */
  private isOpen(index: number, verdict: Verdict): boolean {
    const { tally, terms } = this;
    tally.noteAnswer(verdict.label);
    if (verdict.kind === 'acknowledged')
      tally.noteAcknowledged(index, performance.now() - terms.dueAtMs(index));
    if (verdict.kind === 'refused') {
      tally.noteRefused(index, verdict);
      if (verdict.refusal.concernsAll && tally.acknowledged === 0) terms.onHopeless(verdict.refusal);
    }
    return verdict.kind === 'retriable';
  }

  /** Waits until it is time for another attempt; false where none will be made. */
  private async mayRetry(retry: RetryTerms, giveUpAtMs: number): Promise<boolean> {
    const { cut } = this.terms;
    const delayMs = retryDelayMs(retry);
    if (cut.aborted || performance.now() + delayMs > giveUpAtMs) return false;
    await this.sleep(delayMs, cut);
    return !isAborted(cut);
  }
}

/** A function, because the compiler takes what it has seen of a signal for lasting. */
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}

function longest(verdicts: readonly Verdict[]): number {
  return Math.max(0, ...verdicts.map((one) => (one.kind === 'retriable' ? (one.afterMs ?? 0) : 0)));
}
