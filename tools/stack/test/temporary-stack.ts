import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../port-holder';
import { processIdentity } from '../process-identity';
import { stopStack } from '../stack';
import { stackSettings, type StackSettings } from '../stack-settings';

const prefix = 'gpu-stack-test-';

/** Settings of a stack in a new temporary folder on free ports, never the user's; the folder tells its owner's pid. */
export async function temporaryStack(env: NodeJS.ProcessEnv = process.env): Promise<StackSettings> {
  const ports = new Set<number>();
  while (ports.size < 5) ports.add(await freePort());
  const [kafka, database, s3, api, worker] = [...ports];
  return stackSettings({
    ...env,
    STACK_DIR: mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`)),
    KAFKA_PORT: String(kafka),
    MONGODB_PORT: String(database),
    S3_PORT: String(s3),
    PROCESSOR_PORT: String(api),
    WORKER_PORT: String(worker),
  });
}

/** The same, for a test that starts and kills parts of its own: what the run was given is not used. */
export function ownTemporaryStack(): Promise<StackSettings> {
  return temporaryStack({ ...process.env, KAFKA_BROKERS: '', MONGODB_URI: '', S3_ENDPOINT: '' });
}

/** Ends the stack and removes its folder. */
export async function removeStack(settings: StackSettings): Promise<void> {
  await stopStack(settings);
  rmSync(settings.stackDir, { recursive: true, force: true });
}

/** Removes the stacks of test runs that were killed before they could do it. */
export async function removeAbandonedStacks(): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    const owner = Number.parseInt(name.slice(prefix.length), 10);
    if (processIdentity(owner) === undefined) {
      await removeStack(stackSettings({ STACK_DIR: join(tmpdir(), name) }));
    }
  }
}
