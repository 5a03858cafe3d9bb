import { guardDatabases, runStackSettings, startForRun } from './run-stack';
import { temporaryStack } from './temporary-stack';

/** Jest's globalSetup of the stack tests: each database is behind a guard that notes what Amazon DocumentDB may lack. */
export default async ({ maxWorkers }: { readonly maxWorkers: number }): Promise<void> => {
  await startForRun(temporaryStack, maxWorkers);
  if (runStackSettings().externalMongodbUri === undefined) await guardDatabases();
};
