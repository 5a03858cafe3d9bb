import { readSubmission } from '@libs/contracts';
import { recordText, vectorsPerConnection, type Form } from '../ingest/records';
import { alternate, type Contestant } from './alternate';
import type { Figures, Scenario } from './scenario';

const name = 'ceiling';
const dimension = 2_048;
const recordsAtOnce = 50;
const forms: readonly { readonly form: Form; readonly title: string }[] = [
  { form: 'json', title: 'JSON' },
  { form: 'packed', title: 'packed' },
];

/** What parsing and checking cost alone: the API's own functions in a loop, with no HTTP and no Kafka. */
export const ceilingScenario: Scenario = {
  names: [name],
  run: async (workshop) => {
    const contestants = forms.map(({ form, title }): Contestant => {
      const shape = { form, dimension, connections: 1, batchSize: 1 };
      const bodies = Array.from({ length: vectorsPerConnection }, (_, sequence) =>
        Buffer.from(recordText(shape, 0, sequence)),
      );
      return {
        name: `parse and check, ${title}`,
        round: () => Promise.resolve(parseFor(workshop.seconds, bodies)),
      };
    });
    for (const { round } of contestants) await round();
    const measured = await alternate(contestants, workshop);
    return [{ scenario: name, title: `parse and check alone, ${dimension} floats`, contestants: measured }];
  },
};

function parseFor(seconds: number, bodies: readonly Buffer[]): Figures {
  const startedAt = performance.now();
  const usageBefore = process.cpuUsage();
  let records = 0;
  while (performance.now() - startedAt < seconds * 1_000) {
    for (let turn = 0; turn < recordsAtOnce; turn++, records++) {
      readSubmission(bodies[records % bodies.length]!, { now: new Date() });
    }
  }
  const elapsedSeconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(usageBefore);
  return { recordsPerSecond: records / elapsedSeconds, processorMs: (user + system) / 1_000 / records };
}
