import { InvalidJson, readSubmission } from '@libs/contracts';
import {
  BrokerUnavailable,
  InvalidMetadata,
  isPipelineError,
  PipelineError,
  PublishRefused,
  PublishTimeout,
  type Clock,
  type IngestMetadata,
  type MetadataSubmission,
  type PublishContext,
  type Receipt,
} from '@libs/domain';
import type { Caller } from '../access/caller';
import { TOO_LARGE, type SplitRecord } from '../http/body/record-splitter';
import type { ProblemFilter } from '../http/problems/problem.filter';
import { BatchResults, type BatchResult } from './batch-result';
import { PublishWindow } from './publish-window';

const MAX_RECORDS = 1_000;
/** What the API adds to a record, and what numbers grow by that JavaScript prints longer than they came: at most. */
const ADDED_BYTES = 2_048;

export interface BatchIngestDeps {
  readonly ingest: IngestMetadata;
  readonly clock: Clock;
  readonly problems: Pick<ProblemFilter, 'problemOf'>;
}

/** Who sends a batch, and what its records carry on. */
export interface BatchSender {
  readonly requestId: string;
  readonly caller: Caller;
  readonly context: PublishContext;
}

/** A batch whose records are accepted one by one while it is read. */
export class BatchIngest {
  private readonly results: BatchResults;
  private readonly window = new PublishWindow();
  private wasPublished = false;
  /** Of the quota, or of Kafka: the rest of the batch is refused with it and costs nothing more. */
  private quotaFault: Error | undefined;
  private brokerFault: Error | undefined;

  constructor(
    private readonly deps: BatchIngestDeps,
    private readonly sender: BatchSender,
  ) {
    this.results = new BatchResults((error) => deps.problems.problemOf(error, sender.requestId));
  }

  /**
   * Takes the next record; resolves once there is room for one more.
   *
   * @throws PipelineError `batch_too_long`; InvalidJson for a record that is none: whoever knows whether the next one
   *   can be found ends the batch, or refuses the record
   */
  async take(record: SplitRecord): Promise<void> {
    if (this.results.count >= MAX_RECORDS) {
      throw new PipelineError('batch_too_long', `a batch holds at most ${MAX_RECORDS} records`);
    }
    const refusal = await this.refusalOf(record);
    if (refusal) this.results.addRefused(refusal);
  }

  /** Adds what became of a record that `take` threw. */
  refuse(fault: InvalidJson): void {
    this.results.addRefused(fault);
  }

  /**
   * All results, once Kafka has answered for the last record. `fault` is what ended the batch early: it becomes one
   * more result where anything was published, and is thrown otherwise.
   *
   * @throws `fault`; InvalidMetadata for a batch without records
   */
  async finish(fault?: Error): Promise<readonly BatchResult[]> {
    if (fault !== undefined && !this.wasPublished) throw fault;
    if (fault !== undefined) this.results.addRefused(fault);
    if (this.results.count === 0) {
      throw new InvalidMetadata([
        { pointer: '', code: 'out_of_range', message: `must be 1 to ${MAX_RECORDS} records; got 0` },
      ]);
    }
    return this.results.all();
  }

  /** What refuses the record; undefined once it is on its way. */
  private async refusalOf(record: SplitRecord): Promise<Error | undefined> {
    await this.spendQuota();
    if (this.quotaFault) return this.quotaFault;
    if (record === TOO_LARGE) return new PipelineError('body_too_large', 'the record is too large');
    const submission = this.read(record);
    if (isPipelineError(submission)) return submission;
    const recordBytes = submission.embedding.data.length + record.length + ADDED_BYTES;
    if (!this.brokerFault)
      await this.window.enter(record.length, () => this.deps.ingest.hasRoom(recordBytes));
    if (this.brokerFault) return this.brokerFault;
    this.wasPublished = true;
    this.results.addPending(this.publish(submission, record.length));
    return undefined;
  }

  /** The request itself was counted as its first record. */
  private async spendQuota(): Promise<void> {
    if (this.results.count > 0) this.quotaFault ??= await this.sender.caller.spend(1);
  }

  private read(record: Buffer): MetadataSubmission | PipelineError {
    try {
      return readSubmission(record, { now: this.deps.clock.now() });
    } catch (error) {
      if (!isPipelineError(error) || error instanceof InvalidJson) throw error;
      return error;
    }
  }

  private async publish(submission: MetadataSubmission, bytes: number): Promise<Receipt> {
    const { caller, context } = this.sender;
    try {
      return await this.deps.ingest.execute(submission, caller, context);
    } catch (error) {
      if (stopsAll(error)) this.brokerFault ??= error;
      throw error;
    } finally {
      this.window.leave(bytes);
    }
  }
}

/** The other records of the batch would fail the same way. */
function stopsAll(error: unknown): error is Error {
  if (error instanceof PublishRefused) return error.concernsTopic;
  return error instanceof PublishTimeout || error instanceof BrokerUnavailable;
}
