import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { decodeRecord, GPU_METADATA_TOPIC } from '@libs/contracts';
import {
  RecordMetadata,
  RollUpHours,
  type DeliveredMetadata,
  type RawRecord,
  type StoreOutcome,
} from '@libs/domain';
import { BatchContext, RethrowFilter } from './batch-transport';
import { BatchProcessor } from './batch-processor';
import { ConsumerTelemetry } from './consumer-telemetry';

/** Records of `gpu-metadata` become documents, one for each event. */
@Controller()
@UseFilters(RethrowFilter)
export class MetadataConsumer {
  constructor(
    private readonly processor: BatchProcessor,
    private readonly recordMetadata: RecordMetadata,
    private readonly rollUpHours: RollUpHours,
    private readonly telemetry: ConsumerTelemetry,
  ) {}

  /** @throws StoreUnavailable, BrokerUnavailable — the whole batch is to be delivered again */
  @EventPattern(GPU_METADATA_TOPIC)
  async process(@Payload() records: readonly RawRecord[], @Ctx() { attempt }: BatchContext): Promise<void> {
    const processed = await this.processor.process(records, attempt, {
      decode: decodeRecord,
      store: (batch) => this.store(batch),
    });
    const foreign = processed.filter(({ outcome }) => outcome.kind === 'foreign');
    this.telemetry.foreign(
      foreign.map(({ delivered: { metadata, position } }) => ({
        eventId: metadata.eventId,
        keyId: metadata.producer.keyId,
        position,
      })),
      'events of another key id changed nothing',
    );
  }

  /** What was replaced is told once: its hour is noted before anything else of the batch can fail. */
  private async store(batch: readonly DeliveredMetadata[]): Promise<readonly StoreOutcome[]> {
    const outcomes = await this.recordMetadata.execute(batch);
    batch.forEach(({ metadata }, at) => {
      this.rollUpHours.noteOutcome(metadata.capturedAt, outcomes[at]!);
    });
    return outcomes;
  }
}
