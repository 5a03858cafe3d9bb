import { Clock, DeadLetters, type DeadLetter, type RawRecord } from '@libs/domain';
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

/** A record that could be read, and what became of it. */
export interface Settled<Delivered, StoreOutcome extends Outcome> {
  readonly record: RawRecord;
  readonly delivered: Delivered;
  readonly outcome: StoreOutcome;
}

/** Settles each record of a batch: stored, found superseded, or durable on the dead-letter topic. */
export class BatchSettlement {
  constructor(
    private readonly deadLetters: DeadLetters,
    private readonly clock: Clock,
    private readonly telemetry: ConsumerTelemetry,
  ) {}

  /**
   * Resolves once every record is settled, with those that could be read; `attempts` counts the tries of this batch.
   *
   * @throws StoreUnavailable, BrokerUnavailable — the whole batch is to be delivered again
   */
  async settle<Delivered, StoreOutcome extends Outcome>(
    records: readonly RawRecord[],
    attempts: number,
    { decode, store }: TopicSteps<Delivered, StoreOutcome>,
  ): Promise<readonly Settled<Delivered, StoreOutcome>[]> {
    const endBatch = this.telemetry.startBatch(records);
    const { decoded, refused } = decodeAll(records, decode);
    const outcomes = await store(decoded.map(({ delivered }) => delivered));
    const settled = decoded.map((one, at) => ({ ...one, outcome: outcomes[at]! }));
    await this.bury([...refused, ...settled.flatMap(rejectionOf)], attempts);
    this.telemetry.settled(settled);
    endBatch();
    return settled;
  }

  private async bury(refused: readonly Refused[], attempts: number): Promise<void> {
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
): { decoded: { record: RawRecord; delivered: Delivered }[]; refused: Refused[] } {
  const decoded: { record: RawRecord; delivered: Delivered }[] = [];
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
