import type { RawRecord } from '@libs/domain';
import { errorCodeOf, TRACEPARENT, type TraceSpan, type Tracing } from '@libs/platform';
import type { Refused } from './consumer-telemetry';

/**
 * Two spans for each record whose trace is recorded: `process <topic>`, a child of what published it, and below it
 * `upsert`, the write of the whole batch, which thereby stands in each of its records' traces.
 */
export class BatchSpans {
  private readonly spans = new Map<RawRecord, TraceSpan>();

  constructor(
    private readonly tracing: Tracing,
    records: readonly RawRecord[],
    attempt: number,
  ) {
    // Spans that record nothing cost 3 µs for each record.
    if (!tracing.isOn) return;
    for (const record of records) {
      const parent = traceparentOf(record);
      if (parent === undefined) continue;
      const { topic, partition, offset } = record.position;
      const span = tracing.start(`process ${topic}`, {
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
      if (span.isRecorded) this.spans.set(record, span);
    }
  }

  /** Around the write of those that could be read. */
  async aroundUpsert<Result>(
    decoded: readonly { readonly record: RawRecord }[],
    store: () => Promise<Result>,
  ): Promise<Result> {
    const upserts = decoded.flatMap(({ record }) => this.startUpsert(record, decoded.length));
    try {
      const result = await store();
      for (const span of upserts) span.end({});
      return result;
    } catch (error) {
      for (const span of upserts) span.end({}, errorCodeOf(error));
      throw error;
    }
  }

  /** `refused`: those that went to the dead-letter topic. */
  end(
    processed: readonly { readonly record: RawRecord; readonly outcome: { readonly kind: string } }[],
    refused: readonly Refused[],
  ): void {
    if (this.spans.size === 0) return;
    const outcomes = new Map(processed.map(({ record, outcome }) => [record, outcome.kind]));
    const codes = new Map(refused.map(({ record, error }) => [record, error.code]));
    for (const [record, span] of this.spans) {
      const outcome = outcomes.get(record) ?? 'unreadable';
      span.end({ 'gpu_metadata.outcome': outcome }, codes.get(record));
    }
  }

  /** The batch will be delivered again. */
  endFailed(error: unknown): void {
    for (const span of this.spans.values())
      span.end({ 'gpu_metadata.outcome': 'unsettled' }, errorCodeOf(error));
  }

  private startUpsert(record: RawRecord, records: number): TraceSpan[] {
    const parent = this.spans.get(record);
    if (!parent) return [];
    const attributes = {
      'db.system.name': 'mongodb',
      'db.operation.name': 'upsert',
      'db.operation.batch.size': records,
    };
    return [this.tracing.start('upsert', { kind: 'client', parent: parent.traceparent, attributes })];
  }
}

function traceparentOf({ headers }: RawRecord): string | undefined {
  const bytes: unknown = headers.traceparent;
  if (!(bytes instanceof Uint8Array)) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return TRACEPARENT.test(text) ? text : undefined;
}
