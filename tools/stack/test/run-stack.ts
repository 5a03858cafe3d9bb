import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Part } from '../part';
import { startStack } from '../stack';
import {
  broughtInstead,
  partNames,
  portVariables,
  stackSettings,
  storageNames,
  type StackSettings,
} from '../stack-settings';
import { openDocumentDbGuard } from './documentdb-guard';
import { removeAbandonedStacks } from './temporary-stack';

/** Where a stack of the run is, as the environment variables that its tests read. */
type StackVariables = Readonly<Record<string, string>>;

/**
 * Starts a stack for each of a test run's `workers`, so that files that run at the same time share nothing, and removes
 * them when the run ends. This process uses the first; `useStackOfWorker` lets a test file use its worker's.
 */
export async function startForRun(prepare: () => Promise<StackSettings>, workers = 1): Promise<void> {
  await removeAbandonedStacks();
  const stacks = await Promise.all(Array.from({ length: workers }, prepare));
  const brought = storageNames.some((name) => broughtInstead(name, stacks[0]!) !== undefined);
  if (brought && workers > 1) throw new Error('test files share what you bring: run them with --runInBand');
  for (const settings of stacks) removeAtExit(settings);
  process.env.TEST_RUN_DIR = stacks[0]!.stackDir;
  process.env.TEST_STACKS = JSON.stringify(await Promise.all(stacks.map(startedStack)));
  useStackOfWorker();
}

/** Lets the tests of the run ask their databases through guards; a database that you brought is asked directly. */
export async function guardDatabases(): Promise<void> {
  const stacks = JSON.parse(process.env.TEST_STACKS ?? '[]') as readonly StackVariables[];
  process.env.TEST_DATABASE_NOTES = join(runDirectory(), 'database-notes');
  process.env.TEST_STACKS = JSON.stringify(await Promise.all(stacks.map(guardedStack)));
  useStackOfWorker();
}

/** The file of what guards noted; undefined where none was opened. */
export function databaseNotes(): string | undefined {
  return process.env.TEST_DATABASE_NOTES;
}

async function guardedStack(variables: StackVariables): Promise<StackVariables> {
  const uri = new URL(variables.TEST_MONGODB_URI ?? '');
  const target = { host: uri.hostname, port: Number(uri.port) };
  uri.port = String(await openDocumentDbGuard(target, databaseNotes()!));
  return { ...variables, TEST_MONGODB_URI: uri.href };
}

/** Tells the tests of this process where the stack of their worker is. */
export function useStackOfWorker(): void {
  const stacks = JSON.parse(process.env.TEST_STACKS ?? '[]') as readonly StackVariables[];
  Object.assign(process.env, stacks[Number(process.env.JEST_WORKER_ID ?? 1) - 1]);
}

async function startedStack(settings: StackSettings): Promise<StackVariables> {
  const { kafkaBrokers, mongodbUri, s3Endpoint } = await startStack(settings);
  return {
    TEST_KAFKA_BROKERS: kafkaBrokers,
    TEST_MONGODB_URI: mongodbUri,
    TEST_S3_ENDPOINT: s3Endpoint,
    TEST_STACK: JSON.stringify({
      STACK_DIR: settings.stackDir,
      ...Object.fromEntries(partNames.map((name) => [portVariables[name], String(settings.ports[name])])),
    }),
  };
}

/** The stack of this worker, for tests that kill its parts and start them again. */
export function runStackSettings(): StackSettings {
  return stackSettings({
    ...process.env,
    ...(JSON.parse(process.env.TEST_STACK ?? '{}') as NodeJS.ProcessEnv),
  });
}

/** A folder for what all workers of the run write, which goes when the run ends. */
export function runDirectory(): string {
  return process.env.TEST_RUN_DIR ?? '';
}

/** Whatever way the run ends: nobody needs this data, so the parts are killed rather than waited for. */
function removeAtExit({ stackDir }: StackSettings): void {
  process.once('exit', () => {
    for (const name of partNames) new Part(name, stackDir).kill('SIGKILL');
    rmSync(stackDir, { recursive: true, force: true, maxRetries: 5 });
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
}
