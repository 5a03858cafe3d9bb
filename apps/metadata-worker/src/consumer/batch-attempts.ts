import type { PipelineError, RawRecord } from '@libs/domain';
import type { Logger } from '@libs/platform';
import { partitionName } from './batch-transport';
import { backoffMs, classifyError } from './retry-policy';

export type AttemptResult =
  /** Each record is stored or a dead letter: its offset may be committed. */
  | { readonly kind: 'done' }
  /** A dependency is down: the same records are to be delivered again, and nothing of them may be committed. */
  | { readonly kind: 'retry'; readonly backoffMs: number }
  /** A fault of ours: the process is to end, and nothing of the records may be committed. */
  | { readonly kind: 'stop'; readonly error: Error };

/** Tries the batches of one session of the group, and decides what a failure leads to. */
export class BatchAttempts {
  /** Partition → how often its next records were tried, and the code of what they wait for. */
  private readonly waiting = new Map<string, { readonly attempt: number; readonly code: string }>();

  constructor(private readonly log: Logger) {}

  /** Which partition waits, and for what; undefined while none does. */
  get unhealthyReason(): string | undefined {
    const [[partition, waiting] = []] = this.waiting;
    return partition && `${partition} waits: ${waiting?.code}`;
  }

  /** Processes consecutive records of one partition, and counts the attempts at them. */
  async attempt(
    records: readonly RawRecord[],
    process: (attempt: number) => Promise<void>,
  ): Promise<AttemptResult> {
    const name = partitionName(records[0]!.position);
    const attempt = (this.waiting.get(name)?.attempt ?? 0) + 1;
    try {
      await process(attempt);
      this.waiting.delete(name);
      return { kind: 'done' };
    } catch (error) {
      return this.failed(error, records, attempt);
    }
  }

  private failed(error: unknown, records: readonly RawRecord[], attempt: number): AttemptResult {
    const { topic, partition, offset } = records[0]!.position;
    const where = { topic, partition, offset: String(offset), records: records.length, attempt };
    if (classifyError(error) !== 'retry') {
      this.log.fatal({ ...where, err: error }, 'a fault of ours in the consumer');
      return { kind: 'stop', error: error instanceof Error ? error : new Error(String(error)) };
    }
    const { code, cause } = error as PipelineError;
    const reason = cause instanceof Error ? cause.message : undefined;
    this.log.warn({ ...where, code, cause: reason }, 'batch will be tried again');
    this.waiting.set(partitionName({ topic, partition }), { attempt, code });
    return { kind: 'retry', backoffMs: backoffMs(attempt) };
  }
}
