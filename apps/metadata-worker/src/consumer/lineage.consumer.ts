import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { GPU_METRICS, GPU_METRICS_TOPIC, TOKEN_USAGE, TOKEN_USAGE_TOPIC } from '@libs/contracts';
import { RecordLineage, type DeliveredLineage, type RawRecord } from '@libs/domain';
import { BatchContext, RethrowFilter } from './batch-transport';
import { BatchProcessor } from './batch-processor';
import { ConsumerTelemetry } from './consumer-telemetry';

/** Records of the lineage topics become documents, one for each identity of a key id. */
@Controller()
@UseFilters(RethrowFilter)
export class LineageConsumer {
  constructor(
    private readonly processor: BatchProcessor,
    private readonly recordLineage: RecordLineage,
    private readonly telemetry: ConsumerTelemetry,
  ) {}

  /** @throws StoreUnavailable, BrokerUnavailable — the whole batch is to be delivered again */
  @EventPattern(GPU_METRICS_TOPIC)
  processMetrics(@Payload() records: readonly RawRecord[], @Ctx() { attempt }: BatchContext): Promise<void> {
    return this.process(records, attempt, (record) => GPU_METRICS.decode(record));
  }

  /** @throws StoreUnavailable, BrokerUnavailable — the whole batch is to be delivered again */
  @EventPattern(TOKEN_USAGE_TOPIC)
  processUsage(@Payload() records: readonly RawRecord[], @Ctx() { attempt }: BatchContext): Promise<void> {
    return this.process(records, attempt, (record) => TOKEN_USAGE.decode(record));
  }

  private async process(
    records: readonly RawRecord[],
    attempt: number,
    decode: (record: RawRecord) => DeliveredLineage,
  ): Promise<void> {
    const store = (batch: readonly DeliveredLineage[]): ReturnType<RecordLineage['execute']> =>
      this.recordLineage.execute(batch);
    const processed = await this.processor.process(records, attempt, { decode, store });
    const foreign = processed.filter(({ outcome }) => outcome.kind === 'foreign');
    this.telemetry.foreign(
      foreign.map(({ delivered: { event, producer, position } }) => ({
        eventId: event.id,
        keyId: producer.keyId,
        position,
      })),
      'events of another key id are stored beside the first',
    );
  }
}
