import type { Bottleneck } from '../bottleneck';
import type { LatencyFigures } from '../latency-histogram';
import { exitCodes } from '../exit-codes';
import type { RunIdentity } from '../records/run-identity';
import type { Sent } from '../send-all';
import type { LoadSettings } from '../settings';
import type { RefusedExample, Tally } from '../tally';
import type { Verification } from '../verify/verification';

/** What a run came to, as `--json` writes it: times in milliseconds where the name says so, rates in records a second. */
export interface Summary {
  readonly run: string;
  readonly mode: LoadSettings['mode'];
  readonly target: string;
  readonly topic: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly wantedRate: number;
  /** Of acknowledged records. */
  readonly achievedRate: number;
  readonly records: {
    readonly arrived: number;
    readonly sent: number;
    readonly acknowledged: number;
    readonly refused: number;
    readonly failed: number;
    readonly neverSent: number;
    readonly leftUnsent: number;
  };
  readonly retries: number;
  readonly requests: number;
  readonly bytes: number;
  readonly answers: Readonly<Record<string, number>>;
  readonly refusals: readonly (RefusedExample & { readonly id: string })[];
  readonly latencyMs: LatencyFigures | null;
  readonly answerMs: LatencyFigures | null;
  /** How far behind its own schedule this producer was at most; the latency contains it. */
  readonly ownLatenessMs: number;
  /** Seconds of the run that each held records back. */
  readonly bottleneckSeconds: Readonly<Record<Bottleneck | 'none', number>>;
  /** Records a second against a null server; null where it was not measured. */
  readonly ceilingRate: number | null;
  readonly verification: Verification | null;
}

export interface RunFacts {
  readonly settings: LoadSettings;
  readonly run: RunIdentity;
  readonly target: string;
  readonly tally: Tally;
  readonly sent: Sent;
  readonly ceilingRate: number | undefined;
  readonly verification: Verification | undefined;
  readonly idOf: (index: number) => string;
}

export function summaryOf(facts: RunFacts): Summary {
  const { settings, run, tally } = facts;
  const { arrived, startMs, latenessMs, bottleneckSeconds } = facts.sent;
  const { sent, acknowledged, refused, failed, neverSent, leftUnsent } = tally;
  // The last record's time is part of the run as well: ten records at ten a second are a second.
  const seconds = Math.max(arrived / settings.rate, (tally.lastAcknowledgedAtMs - startMs) / 1_000);
  return {
    run: run.name,
    mode: settings.mode,
    target: facts.target,
    topic: settings.topic,
    startedAt: new Date(run.startedAtMs).toISOString(),
    seconds,
    wantedRate: settings.rate,
    achievedRate: seconds === 0 ? 0 : acknowledged / seconds,
    records: { arrived, sent, acknowledged, refused, failed, neverSent, leftUnsent },
    retries: tally.retries,
    requests: tally.requests,
    bytes: tally.bytes,
    answers: Object.fromEntries([...tally.answers].sort(([, one], [, other]) => other - one)),
    refusals: [...tally.refusals.values()].map((one) => ({ ...one, id: facts.idOf(one.index) })),
    latencyMs: tally.latency.figures ?? null,
    answerMs: tally.answerTime.figures ?? null,
    ownLatenessMs: latenessMs,
    bottleneckSeconds,
    ceilingRate: facts.ceilingRate ?? null,
    verification: facts.verification ?? null,
  };
}

/** The gravest of what went wrong. */
export function exitCodeOf({ records, verification }: Summary): number {
  if (verification && (verification.missing > 0 || verification.differing > 0)) return exitCodes.lost;
  if (verification?.fault !== undefined || (verification?.unread ?? 0) > 0) return exitCodes.unverified;
  if (records.refused > 0 || records.failed > 0) return exitCodes.failed;
  return records.neverSent > 0 ? exitCodes.neverSent : 0;
}
