import { InvalidMetadata, type Receipt } from '@libs/domain';
import type { ProblemAnswer } from '../http/problems/problem';
import { receiptBody } from './record-routes';

/** What became of one record: the members of a 202 or of a problem. */
export interface BatchResult {
  readonly index: number;
  readonly status: number;
  /** Seconds, where the record may be sent again unchanged. */
  readonly retryAfter?: number;
}

/** A single record lists up to 100 faults; a thousand of those would be an answer of 100 MB. */
const MAX_FAULTS_OF_RECORD = 10;
const MAX_FAULTS_OF_BATCH = 2_000;

/** The results of one batch, in order, in an answer of bounded size. */
export class BatchResults {
  private readonly results: Promise<BatchResult>[] = [];
  private faults = 0;

  constructor(private readonly problemOf: (error: unknown) => ProblemAnswer) {}

  get count(): number {
    return this.results.length;
  }

  /** Resolves once the last record has its result. */
  async all(): Promise<readonly BatchResult[]> {
    return Promise.all(this.results);
  }

  /** Adds a record that is on its way; `receipt` rejecting is its refusal. */
  addPending(receipt: Promise<Receipt>): void {
    const index = this.count;
    this.results.push(
      receipt.then(
        ({ eventId, position, acceptedAt }) => ({
          index,
          status: 202,
          eventId,
          ...receiptBody(position, acceptedAt),
        }),
        (error: unknown) => this.refused(index, error),
      ),
    );
  }

  addRefused(error: unknown): void {
    this.results.push(Promise.resolve(this.refused(this.count, error)));
  }

  private refused(index: number, error: unknown): BatchResult {
    const { status, body, headers } = this.problemOf(
      error instanceof InvalidMetadata ? this.shortened(error) : error,
    );
    const retryAfter = headers['retry-after'];
    return { index, status, ...body, ...(retryAfter !== undefined && { retryAfter: Number(retryAfter) }) };
  }

  private shortened({ violations, omitted }: InvalidMetadata): InvalidMetadata {
    const shown = violations.slice(0, Math.min(MAX_FAULTS_OF_RECORD, MAX_FAULTS_OF_BATCH - this.faults));
    this.faults += shown.length;
    return new InvalidMetadata(shown, omitted + violations.length - shown.length);
  }
}
