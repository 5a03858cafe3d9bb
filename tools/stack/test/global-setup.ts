import { rmSync } from 'node:fs';
import { Part } from '../part';
import { startStack } from '../stack';
import { partNames, type StackSettings } from '../stack-settings';
import { removeAbandonedStacks, temporaryStack } from './temporary-stack';

/** Jest's globalSetup: Kafka and the database for the whole run, apart from whatever `make up` has running. */
export default async function globalSetup(): Promise<void> {
  await removeAbandonedStacks();
  const settings = await temporaryStack();
  removeAtExit(settings);
  const { kafkaBrokers, mongodbUri } = await startStack(settings);
  process.env.TEST_KAFKA_BROKERS = kafkaBrokers;
  process.env.TEST_MONGODB_URI = mongodbUri;
  process.env.TEST_STACK_DIR = settings.stackDir;
}

/** Whatever way the run ends: nobody needs this data, so the parts are killed rather than waited for. */
function removeAtExit({ stackDir }: StackSettings): void {
  process.once('exit', () => {
    for (const name of partNames) new Part(name, stackDir).kill('SIGKILL');
    rmSync(stackDir, { recursive: true, force: true, maxRetries: 5 });
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
}
