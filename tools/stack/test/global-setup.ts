import { startForRun } from './run-stack';
import { temporaryStack } from './temporary-stack';

/** Jest's globalSetup: Kafka, the database and S3 for each worker, apart from whatever `make up` has running. */
export default ({ maxWorkers }: { readonly maxWorkers: number }): Promise<void> =>
  startForRun(temporaryStack, maxWorkers);
