import { randomUUID } from 'node:crypto';
import { mongo } from 'mongoose';
import { silentProgress } from '../../tools/stack/progress';
import { stackSettings } from '../../tools/stack/stack-settings';
import { ceilingScenario } from '../compare/scenarios/ceiling';
import { growthScenario } from '../compare/scenarios/growth';
import { measureLatency } from '../compare/scenarios/latency';
import { memoryScenario } from '../compare/scenarios/growth-memory';
import type { Scenario, ScenarioResult, Workshop } from '../compare/scenarios/scenario';

jest.setTimeout(120_000);

const workshop: Workshop = {
  settings: stackSettings(process.env),
  progress: silentProgress,
  kafkaBrokers: process.env.TEST_KAFKA_BROKERS ?? '',
  rounds: 1,
  seconds: 0.2,
  warmUpSeconds: 0.2,
};
const load = ['recordsPerSecond', 'p50Ms', 'p99Ms', 'processorMs', 'rssMib'];

/** Whole scenarios in small, each of which sees for itself that every record arrived. */
describe('a scenario of the bench', () => {
  it.each<[name: string, Scenario, contestants: readonly string[], figures: readonly string[]]>([
    [
      'ceiling',
      ceilingScenario,
      ['parse and check, JSON', 'parse and check, packed'],
      ['recordsPerSecond', 'processorMs'],
    ],
    ['growth', growthScenario([64, 128]), ['64 floats', '128 floats'], [...load, 'megabytesPerSecond']],
    ['growth-memory', memoryScenario(2_500), ['2500 records', '5000 records', '10000 records'], load],
  ])('gives each of its figures: %s', async (name, scenario, contestants, figures) => {
    const results = await scenario.run(workshop, scenario.names);
    expect(results.map((result) => result.scenario)).toEqual([name]);
    expectFigures(results[0]!, contestants, figures);
  });

  it('gives each of its figures: latency', async () => {
    const uri = process.env.TEST_MONGODB_URI ?? '';
    const database = `bench-${randomUUID().slice(0, 8)}`;
    try {
      const result = await measureLatency(workshop, uri, database);
      expectFigures(result, ['POST → answered', 'POST → stored'], ['recordsPerSecond', 'p50Ms', 'p99Ms']);
    } finally {
      const client = await mongo.MongoClient.connect(uri, { retryWrites: false });
      await client.db(database).dropDatabase();
      await client.close();
    }
  });
});

function expectFigures(
  { contestants }: ScenarioResult,
  names: readonly string[],
  figures: readonly string[],
): void {
  expect(contestants.map(({ name }) => name)).toEqual(names);
  for (const { rounds } of contestants) {
    expect(rounds.map((round) => Object.keys(round).sort())).toEqual([[...figures].sort()]);
    for (const value of Object.values(rounds[0]!)) expect(value > 0 && Number.isFinite(value)).toBe(true);
  }
}
