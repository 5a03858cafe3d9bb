import { Part } from '../stack/part';
import { isFreePort, refuseTakenPort } from '../stack/port-holder';
import { StackError } from '../stack/stack-error';
import { allTogether } from '../stack/together';
import type { Forward } from './forward';
import { portVariables } from './tunnel-settings';

/** @throws StackError that names each port in use and who holds it, and says how to choose another */
export async function refuseTakenPorts(forwards: readonly Forward[], stackDir: string): Promise<void> {
  const stackKafkaPort = new Part('kafka', stackDir).running()?.port;
  await allTogether(
    forwards.map(async ({ kind, localPort }) => {
      const variable = portVariables[kind];
      if (localPort === stackKafkaPort) {
        throw new StackError(
          `Port ${localPort} (${variable}) is in use by the Kafka of make up or make stack-up.`,
          `End that with make stop, or choose another port with ${variable}=${localPort + 10_000 > 65_535 ? '…' : localPort + 10_000}`,
        );
      }
      await refuseTakenPort(localPort, variable);
    }),
  );
}

/** The first port above `from` that is free and not among `taken`; @throws StackError when there is none */
export async function nextFreePort(from: number, taken: ReadonlySet<number>): Promise<number> {
  for (let port = from + 1; port <= 65_535; port += 1) {
    if (!taken.has(port) && (await isFreePort(port))) return port;
  }
  throw new StackError(
    `No port above ${from} is free for a further broker.`,
    'Choose a lower TUNNEL_KAFKA_PORT.',
  );
}
