import { PipelineError, RecordRejected, UnreadableRecord } from '@libs/domain';

/** An error that one record earned by itself. */
export type RecordFault = UnreadableRecord | RecordRejected;

export type Verdict =
  /** A dependency is down: the batch waits and is tried again, for as long as it takes. */
  | 'retry'
  /** This record alone goes to the dead-letter topic. */
  | 'dead-letter'
  /** A fault of ours: the process ends and commits nothing of the batch. */
  | 'stop';

/** The one place that decides what an error in the worker leads to. */
export function verdictOn(error: unknown): Verdict {
  if (isRecordFault(error)) return 'dead-letter';
  return error instanceof PipelineError && error.retriable ? 'retry' : 'stop';
}

/** True for an error whose verdict is `dead-letter`. */
export function isRecordFault(error: unknown): error is RecordFault {
  return error instanceof UnreadableRecord || error instanceof RecordRejected;
}
