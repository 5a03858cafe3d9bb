import { Injectable } from '@nestjs/common';
import { Clock, DeadLetters, type DeadLetter, type RawRecord } from '@libs/domain';
import { Tracing } from '@libs/platform';
import { BatchSpans } from './batch-spans';
import { ConsumerTelemetry, type Refused } from './consumer-telemetry';
import { isRecordFault, type RecordFault } from './retry-policy';

/** What the store of a topic answers for one record. */
export type Outcome =
  | { readonly kind: 'stored' | 'superseded' | 'foreign' }
  | { readonly kind: 'rejected'; readonly error: RecordFault };

/** How the records of one topic are read and stored. */
export interface TopicSteps<Delivered, StoreOutcome extends Outcome> {
  /** @throws UnreadableRecord */
  readonly decode: (record: RawRecord) => Delivered;
  /** One outcome for each, in order; @throws StoreUnavailable */
  readonly store: (batch: readonly Delivered[]) => Promise<readonly StoreOutcome[]>;
}

/** A record that could be read. */
interface Decoded<Delivered> {
  readonly record: RawRecord;
  readonly delivered: Delivered;
}

/** A record that could be read, and what became of it. */
export interface Processed<Delivered, StoreOutcome extends Outcome> extends Decoded<Delivered> {
  readonly outcome: StoreOutcome;
}

/** Processes each record of a batch: it is stored, found superseded, or durable on the dead-letter topic. */
@Injectable()
export class BatchProcessor {
  constructor(
    private readonly deadLetters: DeadLetters,
    private readonly clock: Clock,
    private readonly telemetry: ConsumerTelemetry,
    private readonly tracing: Tracing,
  ) {}

  /**
   * Resolves once every record is processed, with those that could be read; `attempt` counts the tries of this batch.
   *
   * @throws StoreUnavailable, BrokerUnavailable — the whole batch is to be delivered again
   */
  async process<Delivered, StoreOutcome extends Outcome>(
    records: readonly RawRecord[],
    attempt: number,
    { decode, store }: TopicSteps<Delivered, StoreOutcome>,
  ): Promise<readonly Processed<Delivered, StoreOutcome>[]> {
    const endBatch = this.telemetry.startBatch(records);
    const spans = new BatchSpans(this.tracing, records, attempt);
    try {
      const { decoded, refused } = decodeAll(records, decode);
      const outcomes = await spans.aroundUpsert(decoded, () =>
        store(decoded.map(({ delivered }) => delivered)),
      );
      const processed = decoded.map((one, at) => ({ ...one, outcome: outcomes[at]! }));
      const allRefused = [...refused, ...processed.flatMap(rejectionOf)];
      await this.deadLetter(allRefused, attempt);
      this.telemetry.processed(processed);
      spans.end(processed, allRefused);
      endBatch();
      return processed;
    } catch (error) {
      spans.endFailed(error);
      throw error;
    }
  }

  private async deadLetter(refused: readonly Refused[], attempts: number): Promise<void> {
    if (refused.length === 0) return;
    const failedAt = this.clock.now();
    await this.deadLetters.send(
      refused.map(({ record, error }): DeadLetter => ({ record, error, attempts, failedAt })),
    );
    this.telemetry.deadLettered(refused);
  }
}

function decodeAll<Delivered>(
  records: readonly RawRecord[],
  decode: (record: RawRecord) => Delivered,
): { decoded: Decoded<Delivered>[]; refused: Refused[] } {
  const decoded: Decoded<Delivered>[] = [];
  const refused: Refused[] = [];
  for (const record of records) {
    try {
      decoded.push({ record, delivered: decode(record) });
    } catch (error) {
      if (!isRecordFault(error)) throw error;
      refused.push({ record, error });
    }
  }
  return { decoded, refused };
}

function rejectionOf({ record, outcome }: { record: RawRecord; outcome: Outcome }): Refused[] {
  return outcome.kind === 'rejected' ? [{ record, error: outcome.error }] : [];
}
