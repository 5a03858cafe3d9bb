import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { decodeRecord, GPU_METADATA_TOPIC } from '@libs/contracts';
import { RecordMetadata, type RawRecord } from '@libs/domain';
import { BatchContext } from './batch-transport';
import { BatchSettlement } from './batch-settlement';
import { ConsumerTelemetry } from './consumer-telemetry';
import { RethrowFilter } from './rethrow.filter';

/** Records of `gpu-metadata` become documents, one for each event. */
@Controller()
@UseFilters(RethrowFilter)
export class MetadataConsumer {
  constructor(
    private readonly settlement: BatchSettlement,
    private readonly recordMetadata: RecordMetadata,
    private readonly telemetry: ConsumerTelemetry,
  ) {}

  /** @throws StoreUnavailable, BrokerUnavailable — the whole batch is to be delivered again */
  @EventPattern(GPU_METADATA_TOPIC)
  async settle(@Payload() records: readonly RawRecord[], @Ctx() { attempt }: BatchContext): Promise<void> {
    const settled = await this.settlement.settle(records, attempt, {
      decode: decodeRecord,
      store: (batch) => this.recordMetadata.execute(batch),
    });
    for (const { delivered, outcome } of settled) {
      if (outcome.kind === 'foreign') this.telemetry.foreign(delivered);
    }
  }
}
