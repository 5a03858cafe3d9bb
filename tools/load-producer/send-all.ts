import { EvenArrivals } from './arrivals';
import { BottleneckWatch } from './bottleneck-watch';
import { LoadRun } from './load-run';
import type { RunIdentity } from './records/run-identity';
import { LiveLine } from './report/live-line';
import { ProgressText } from './report/progress-text';
import { Delivery } from './sending/delivery';
import type { Sender } from './sending/sender';
import type { LoadSettings } from './settings';
import type { Tally } from './tally';

/** How far ahead of the first record the clock is started. */
const LEAD_MS = 20;

/** How the sending went, besides what the tally has counted. */
export interface Sent {
  /** Of the first record, on the clock of performance.now(). */
  readonly startMs: number;
  readonly arrived: number;
  /** How far behind its own schedule this producer was at most. */
  readonly latenessMs: number;
  readonly bottleneckSeconds: BottleneckWatch['seconds'];
}

export interface SendingParts {
  readonly sender: Sender;
  readonly run: RunIdentity;
  readonly tally: Tally;
}

/**
 * Sends a run's records and shows how it goes; an abort ends the arrivals, and what is under way has the grace period
 * to end. Nothing is under way any more when it resolves.
 */
export async function sendAll(
  settings: LoadSettings,
  parts: SendingParts,
  interrupted: AbortSignal,
): Promise<Sent> {
  const { sender, run, tally } = parts;
  await sender.prepare();
  const startMs = performance.now() + LEAD_MS;
  run.startedAtMs = Date.now() + LEAD_MS;
  const arrivals = new EvenArrivals({ ...settings, startMs });
  const hopeless = new AbortController();
  const cut = new AbortController();
  const watch = new BottleneckWatch((warning) => {
    live.say(`Warning: ${warning}`);
  });
  const delivery = new Delivery(sender, tally, {
    retryForMs: settings.retryForMs,
    dueAtMs: (index) => arrivals.dueAtMs(index),
    cut: cut.signal,
    onHopeless: ({ code, message }) => {
      if (!hopeless.signal.aborted)
        live.say(`Stopping, for every record would be refused: ${code}, ${message}`);
      hopeless.abort();
    },
  });
  const load = new LoadRun(
    { arrivals, tally, watch, deliver: (indices) => delivery.deliver(indices) },
    settings,
  );
  const progress = new ProgressText(load, tally, settings);
  const live = new LiveLine(() => progress.text());
  let graceTimer: NodeJS.Timeout | undefined;
  interrupted.addEventListener('abort', () => {
    live.say(
      `Stopping: requests under way have ${settings.graceMs / 1_000} s to end; a second signal ends it at once.`,
    );
    graceTimer = setTimeout(() => {
      cut.abort();
      void sender.close();
    }, settings.graceMs);
  });
  live.start();
  await load.run(AbortSignal.any([interrupted, hopeless.signal]));
  live.stop();
  clearTimeout(graceTimer);
  await sender.close();
  const { maxLatenessMs: latenessMs, seconds: bottleneckSeconds } = watch;
  return { startMs, arrived: load.arrivals, latenessMs, bottleneckSeconds };
}
