import { PipelineError, RecordRejected, UnreadableRecord } from '@libs/domain';

const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 5_000;

/** An error that one record earned by itself. */
export type RecordFault = UnreadableRecord | RecordRejected;

export type ErrorClass =
  /** A dependency is down: the batch waits and is tried again, for as long as it takes. */
  | 'retry'
  /** This record alone goes to the dead-letter topic. */
  | 'dead-letter'
  /** A fault of ours: the process ends and commits nothing of the batch. */
  | 'stop';

/** The one place that decides what an error in the worker leads to. */
export function classifyError(error: unknown): ErrorClass {
  if (isRecordFault(error)) return 'dead-letter';
  return error instanceof PipelineError && error.retriable ? 'retry' : 'stop';
}

/** True for an error whose class is `dead-letter`. */
export function isRecordFault(error: unknown): error is RecordFault {
  return error instanceof UnreadableRecord || error instanceof RecordRejected;
}

/** Exponential backoff with full jitter: 0–100 ms after the first try, at most 5 s. */
export function backoffMs(attempt: number): number {
  return Math.random() * Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(attempt - 1, 16));
}
