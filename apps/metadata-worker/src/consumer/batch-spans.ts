import type { Clock, DeadLetters, RawRecord } from '@libs/domain';
import { errorCodeOf, TRACEPARENT, type TraceSpan, type Tracing } from '@libs/platform';
import { BatchSettlement, type Outcome, type Settled, type TopicSteps } from './batch-settlement';
import type { ConsumerTelemetry } from './consumer-telemetry';

/** What is told of one sampled record. */
interface TracedRecord {
  readonly span: TraceSpan;
  /** Why it went to the dead-letter topic. */
  code?: string;
}

export interface SettlementParts {
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly telemetry: ConsumerTelemetry;
}

/**
 * The same with two spans for each record whose trace is recorded: `process <topic>`, a child of what published it,
 * and below it `upsert`, the write of the whole batch, which thereby stands in each of its records' traces.
 */
export class TracedBatchSettlement extends BatchSettlement {
  constructor(
    { deadLetters, clock, telemetry }: SettlementParts,
    private readonly tracing: Tracing,
  ) {
    super(deadLetters, clock, telemetry);
  }

  override async settle<Delivered, StoreOutcome extends Outcome>(
    records: readonly RawRecord[],
    attempts: number,
    steps: TopicSteps<Delivered, StoreOutcome>,
  ): Promise<readonly Settled<Delivered, StoreOutcome>[]> {
    const traced = this.open(records, attempts);
    if (traced.size === 0) return super.settle(records, attempts, steps);
    try {
      const settled = await super.settle(records, attempts, this.tracedSteps(traced, steps));
      const outcomes = new Map<RawRecord, Outcome>(settled.map(({ record, outcome }) => [record, outcome]));
      for (const [record, { span, code }] of traced) {
        const outcome = outcomes.get(record);
        const rejection = outcome?.kind === 'rejected' ? outcome.error.code : undefined;
        span.end({ 'gpu_metadata.outcome': outcome?.kind ?? 'unreadable' }, code ?? rejection);
      }
      return settled;
    } catch (error) {
      for (const { span } of traced.values())
        span.end({ 'gpu_metadata.outcome': 'unsettled' }, errorCodeOf(error));
      throw error;
    }
  }

  private open(records: readonly RawRecord[], attempt: number): Map<RawRecord, TracedRecord> {
    const traced = new Map<RawRecord, TracedRecord>();
    for (const record of records) {
      const parent = traceparentOf(record);
      if (parent === undefined) continue;
      const { topic, partition, offset } = record.position;
      const span = this.tracing.start(`process ${topic}`, {
        kind: 'consumer',
        parent,
        attributes: {
          'messaging.system': 'kafka',
          'messaging.operation.name': 'process',
          'messaging.operation.type': 'process',
          'messaging.destination.name': topic,
          'messaging.destination.partition.id': String(partition),
          'messaging.kafka.offset': Number(offset),
          'messaging.batch.message_count': records.length,
          'gpu_metadata.attempt': attempt,
        },
      });
      if (span.isRecorded) traced.set(record, { span });
    }
    return traced;
  }

  private tracedSteps<Delivered, StoreOutcome extends Outcome>(
    traced: ReadonlyMap<RawRecord, TracedRecord>,
    { decode, store }: TopicSteps<Delivered, StoreOutcome>,
  ): TopicSteps<Delivered, StoreOutcome> {
    const readable: TraceSpan[] = [];
    return {
      decode: (record) => {
        const one = traced.get(record);
        try {
          const delivered = decode(record);
          if (one) readable.push(one.span);
          return delivered;
        } catch (error) {
          if (one) one.code = errorCodeOf(error);
          throw error;
        }
      },
      store: (batch) => this.tracedStore(readable, batch.length, () => store(batch)),
    };
  }

  private async tracedStore<Result>(
    parents: readonly TraceSpan[],
    records: number,
    store: () => Promise<Result>,
  ): Promise<Result> {
    const spans = parents.map(({ traceparent }) =>
      this.tracing.start('upsert', {
        kind: 'client',
        parent: traceparent,
        attributes: {
          'db.system.name': 'mongodb',
          'db.operation.name': 'upsert',
          'db.operation.batch.size': records,
        },
      }),
    );
    try {
      const result = await store();
      for (const span of spans) span.end({});
      return result;
    } catch (error) {
      for (const span of spans) span.end({}, errorCodeOf(error));
      throw error;
    }
  }
}

function traceparentOf({ headers }: RawRecord): string | undefined {
  const bytes: unknown = headers.traceparent;
  if (!(bytes instanceof Uint8Array)) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return TRACEPARENT.test(text) ? text : undefined;
}
