import { rmSync } from 'node:fs';
import { Part } from '../part';
import { startStack } from '../stack';
import { partNames, portVariables, stackSettings, type StackSettings } from '../stack-settings';
import { removeAbandonedStacks } from './temporary-stack';

/** Starts the stack of a whole test run, tells its tests where it is, and removes it when the run ends. */
export async function startForRun(prepared: Promise<StackSettings>): Promise<void> {
  await removeAbandonedStacks();
  const settings = await prepared;
  removeAtExit(settings);
  const { kafkaBrokers, mongodbUri, s3Endpoint } = await startStack(settings);
  process.env.TEST_KAFKA_BROKERS = kafkaBrokers;
  process.env.TEST_MONGODB_URI = mongodbUri;
  process.env.TEST_S3_ENDPOINT = s3Endpoint;
  process.env.TEST_STACK = JSON.stringify({
    STACK_DIR: settings.stackDir,
    ...Object.fromEntries(partNames.map((name) => [portVariables[name], String(settings.ports[name])])),
  });
}

/** The stack of this run, for tests that kill its parts and start them again. */
export function runStackSettings(): StackSettings {
  return stackSettings({
    ...process.env,
    ...(JSON.parse(process.env.TEST_STACK ?? '{}') as NodeJS.ProcessEnv),
  });
}

/** Whatever way the run ends: nobody needs this data, so the parts are killed rather than waited for. */
function removeAtExit({ stackDir }: StackSettings): void {
  process.once('exit', () => {
    for (const name of partNames) new Part(name, stackDir).kill('SIGKILL');
    rmSync(stackDir, { recursive: true, force: true, maxRetries: 5 });
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
}
