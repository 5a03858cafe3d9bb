import { writeFileSync } from 'node:fs';
import { Interruption } from '../console/interruption';
import { ceilingText, measureCeiling } from './ceiling/ceiling';
import { IndexSet } from './index-set';
import { idIn, loadParts } from './load-parts';
import { RunIdentity } from './records/run-identity';
import { exitCodeOf, summaryOf } from './report/summary';
import { summaryText } from './report/summary-text';
import { sendAll } from './send-all';
import type { LoadSettings } from './settings';
import { Tally } from './tally';
import { readBack } from './verify/read-back';

/** Runs the command to its exit code; @throws ForeseenError */
export async function loadProducer(settings: LoadSettings): Promise<number> {
  const ceilingRate = settings.ceiling === undefined ? undefined : await tellCeiling(settings);
  if (settings.ceiling === 'only') return 0;
  const interruption = new Interruption();
  const run = new RunIdentity({ ...settings, startedAtMs: Date.now() });
  const parts = await loadParts(settings, run);
  await parts.verifier?.prepare();
  const tally = new Tally(settings.verify && new IndexSet());
  const sent = await sendAll(settings, { ...parts, run, tally }, interruption.signal);
  const verification = await readBack(
    parts.verifier,
    tally.kept,
    delayed(interruption.signal, settings.graceMs),
  );
  const facts = { settings, run, target: parts.target, tally, sent, ceilingRate, verification };
  const summary = summaryOf({ ...facts, idOf: idIn(settings, run) });
  console.log(summaryText(summary));
  if (settings.jsonFile !== undefined)
    writeFileSync(settings.jsonFile, `${JSON.stringify(summary, null, 2)}\n`);
  return exitCodeOf(summary);
}

async function tellCeiling(settings: LoadSettings): Promise<number> {
  const ceiling = await measureCeiling(settings);
  console.log(ceilingText(ceiling, settings));
  return ceiling.rate;
}

/** Aborts so much later than `signal`. */
function delayed(signal: AbortSignal, ms: number): AbortSignal {
  const later = new AbortController();
  const begin = (): void => {
    setTimeout(() => {
      later.abort();
    }, ms).unref();
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin);
  return later.signal;
}
