import { startForRun } from './run-stack';
import { ownTemporaryStack } from './temporary-stack';

/** The same with parts of our own in any case, for tests that kill them. */
export default ({ maxWorkers }: { readonly maxWorkers: number }): Promise<void> =>
  startForRun(ownTemporaryStack, maxWorkers);
