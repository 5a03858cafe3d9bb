import { startForRun } from './run-stack';
import { temporaryStack } from './temporary-stack';

/** Jest's globalSetup: Kafka, the database and S3 for the whole run, apart from whatever `make up` has running. */
export default (): Promise<void> => startForRun(temporaryStack());
