import { useStackOfWorker } from './run-stack';

/** Jest's setupFiles: each file of tests uses the stack of the worker that runs it. */
useStackOfWorker();
