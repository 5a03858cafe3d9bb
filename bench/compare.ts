import { parseArgs } from 'node:util';
import { table } from '../tools/console/table';
import { ConsoleProgress } from '../tools/stack/progress';
import { startStack } from '../tools/stack/stack';
import { ownTemporaryStack, removeStack } from '../tools/stack/test/temporary-stack';
import { provenance } from './compare/report/provenance';
import { record, resultFiles } from './compare/report/recorded-results';
import { resultTable } from './compare/report/result-table';
import { allScenarios } from './compare/scenarios/all-scenarios';
import type { ScenarioResult, Workshop } from './compare/scenarios/scenario';

const warmUpSeconds = 5;
const names = allScenarios.flatMap((scenario) => scenario.names);
const usage = `Usage: npm run bench -- [--scenario NAME]… [--rounds 3] [--seconds 8] [--record]

Measures the product and what people would take in its place, in turns, on this machine. Fetches or builds what is
compared when it is not there yet. A round whose records did not all arrive as they were sent ends the run.

Scenarios: ${names.join(', ')}; the beginning of a name stands for all that begin so. All of them where none is named.
What is recorded stands in docs/performance.json; docs/performance.md and docs/capacity.md are made of it. A run of all
scenarios is recorded, a part of them with --record.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scenario: { type: 'string', multiple: true, default: [] },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '8' },
      record: { type: 'boolean', default: false },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const wanted = wantedNames(values.scenario);
  const progress = new ConsoleProgress();
  const settings = await ownTemporaryStack();
  try {
    const { kafkaBrokers } = await startStack(settings, progress);
    const rounds = Number(values.rounds);
    const workshop = {
      settings,
      progress,
      kafkaBrokers,
      rounds,
      seconds: Number(values.seconds),
      warmUpSeconds,
    };
    const isRecorded = values.record || wanted.length === names.length;
    for await (const results of run(workshop, wanted)) {
      for (const result of results) print(result);
      if (isRecorded) record(results, provenance(rounds), names);
    }
    if (isRecorded) console.log(`\nrecorded in ${resultFiles.results}, shown in ${resultFiles.page}`);
  } finally {
    await removeStack(settings);
  }
}

/** The names that begin with one of those given; all when none is. */
function wantedNames(given: readonly string[]): readonly string[] {
  for (const start of given) {
    if (!names.some((name) => name.startsWith(start))) throw new Error(`no scenario ${start}\n\n${usage}`);
  }
  return given.length === 0 ? names : names.filter((name) => given.some((start) => name.startsWith(start)));
}

/** Scenario after scenario, so that what one found is not lost when the next one fails. */
async function* run(
  workshop: Workshop,
  wanted: readonly string[],
): AsyncGenerator<readonly ScenarioResult[]> {
  for (const scenario of allScenarios) {
    const mine = scenario.names.filter((name) => wanted.includes(name));
    if (mine.length > 0) yield await scenario.run(workshop, mine);
  }
}

function print(result: ScenarioResult): void {
  const { header, rows } = resultTable(result);
  console.log(`\n${result.scenario}: ${result.title}\n\n${table(header, rows).join('\n')}`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
