import { join } from 'node:path';
import { eventually } from '@libs/testing/app-process';
import { MetadataTopic } from '@libs/testing/metadata-topic';
import { ownName } from '@libs/testing/test-stack';
import { BackwardWatch } from './backward-watch';
import { deadLetterIds, nextDeadLetter } from './dead-letter-ids';
import { Ledger, type Balance } from './ledger';
import { Load, type LoadShape } from './load';
import { GROUP_ID, type Pipeline } from './pipeline';
import { SCALE } from './soak';
import { Table, type Row } from './table';
import type { ArchiveBalance } from './watched-archive';

const MAX_RSS_MIB = 512;
const NOTHING_AMISS: ArchiveBalance = { lost: [], twice: [] };
const DRAIN_MS = SCALE * 120_000;

/** What a scenario works with. */
export interface Scene {
  readonly model: string;
  readonly ledger: Ledger;
  readonly load: Load;
}

export type Outcome = Balance & {
  readonly wentBack: readonly string[];
  /** Undefined without an archive. */
  readonly archive: ArchiveBalance | undefined;
  /** False when records were still waiting after the longest time that one may wait for them. */
  readonly isSettled: boolean;
  readonly model: string;
};

/**
 * Lets `act` happen to the pipeline, ends every disturbance, waits until all its producers are answered and the worker
 * has settled the whole topic, and holds the database against the ledger. Prints the row of the table.
 */
export async function observe(
  pipeline: Pipeline,
  { name, ...shape }: { readonly name: string } & Partial<LoadShape>,
  act: (scene: Scene) => Promise<void>,
): Promise<Outcome> {
  const begun = performance.now();
  const model = ownName('faults');
  const ledger = new Ledger(join(pipeline.settings.stackDir, `${model}.ledger`));
  const load = new Load(() => pipeline.apiUrl, ledger, model, shape);
  const watch = new BackwardWatch(pipeline.documents, load.reposted);
  const firstLetter = await nextDeadLetter();
  try {
    await act({ model, ledger, load });
  } finally {
    await pipeline.heal();
    await load.finish();
    await watch.stop();
  }
  const isSettled = await settled();
  const outcome = {
    ...(await ledger.compare(pipeline.documents, await deadLetterIds(firstLetter))),
    wentBack: [...watch.wentBack],
    isSettled,
    archive: await pipeline.archive?.compare(),
    model,
  };
  const seconds = Math.round((performance.now() - begun) / 100) / 10;
  new Table().add({ ...rowOf(outcome, pipeline), scenario: name, seconds });
  return outcome;
}

function rowOf(outcome: Outcome, pipeline: Pipeline): Omit<Row, 'scenario' | 'seconds'> {
  const { acknowledged, stored, deadLettered } = outcome;
  const peaks = pipeline.notePeaks();
  return {
    acknowledged,
    stored,
    deadLettered,
    lost: outcome.lost.length,
    wrong: outcome.wrong.length,
    twice: outcome.twice.length + (outcome.archive?.twice.length ?? 0),
    notArchived: outcome.archive?.lost.length ?? null,
    back: outcome.wentBack.length,
    rollUpOff: null,
    apiMib: Math.round(peaks.api),
    workerMib: Math.round(peaks.worker),
  };
}

/** The same, and nothing may be lost, wrong or gone back in time; all but `deadLettered` are stored, memory is bounded. */
export async function endure(
  pipeline: Pipeline,
  {
    deadLettered = 0,
    ...setting
  }: { readonly name: string; readonly deadLettered?: number } & Partial<LoadShape>,
  act: (scene: Scene) => Promise<void>,
): Promise<void> {
  const outcome = await observe(pipeline, setting, act);
  pipeline.endured.set(setting.name, outcome.model);
  expect(outcome).toMatchObject({
    lost: [],
    wrong: [],
    twice: [],
    wentBack: [],
    deadLettered,
    isSettled: true,
  });
  expect(outcome.archive ?? NOTHING_AMISS).toEqual(NOTHING_AMISS);
  expect(outcome.acknowledged).toBeGreaterThan(0);
  expect(outcome.stored).toBe(outcome.acknowledged - deadLettered);
  const { api, worker } = pipeline.notePeaks();
  expect(Math.max(api, worker)).toBeLessThan(MAX_RSS_MIB);
}

/** True once the group has settled everything on the topic. */
export async function settled(): Promise<boolean> {
  const topic = await MetadataTopic.open();
  try {
    return await eventually(async () => (await topic.lag(GROUP_ID)) === 0, DRAIN_MS);
  } finally {
    await topic.close();
  }
}
