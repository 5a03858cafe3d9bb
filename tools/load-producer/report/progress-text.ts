import type { LoadRun } from '../load-run';
import type { LoadSettings } from '../settings';
import type { Tally } from '../tally';
import { counted, rateText, timeText } from './figures-text';

const WINDOW_MS = 2_000;

/** The live line of a run; its rate is that of the last seconds. */
export class ProgressText {
  private readonly startedAtMs = performance.now();
  private readonly seen: { readonly atMs: number; readonly acknowledged: number }[] = [];

  constructor(
    private readonly run: Pick<LoadRun, 'waiting' | 'idleConnections'>,
    private readonly tally: Tally,
    private readonly settings: Pick<LoadSettings, 'rate' | 'connections'>,
  ) {}

  text(): string {
    const { run, tally, settings } = this;
    const p95 = tally.latency.figures?.p95;
    return [
      `${((performance.now() - this.startedAtMs) / 1_000).toFixed(0).padStart(4)} s`,
      `${rateText(this.recentRate())} of ${rateText(settings.rate)}`,
      `acknowledged ${counted(tally.acknowledged)}`,
      ...(tally.refused > 0 ? [`refused ${counted(tally.refused)}`] : []),
      ...(tally.failed > 0 ? [`failed ${counted(tally.failed)}`] : []),
      ...(tally.neverSent > 0 ? [`never sent ${counted(tally.neverSent)}`] : []),
      `retries ${counted(tally.retries)}`,
      `waiting ${counted(run.waiting)}`,
      `busy ${settings.connections - run.idleConnections}/${settings.connections}`,
      `p95 ${p95 === undefined ? '-' : timeText(p95)}`,
    ].join('  ');
  }

  private recentRate(): number {
    const { seen, tally } = this;
    const atMs = performance.now();
    seen.push({ atMs, acknowledged: tally.acknowledged });
    while (seen.length > 2 && atMs - seen[1]!.atMs > WINDOW_MS) seen.shift();
    const { atMs: sinceMs, acknowledged } =
      seen.length > 1 ? seen[0]! : { atMs: this.startedAtMs, acknowledged: 0 };
    return atMs > sinceMs ? ((tally.acknowledged - acknowledged) * 1_000) / (atMs - sinceMs) : 0;
  }
}
