import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { decodeRecord, GPU_METADATA_TOPIC } from '@libs/contracts';
import {
  Clock,
  DeadLetters,
  RecordMetadata,
  UnreadableRecord,
  type DeadLetter,
  type DeliveredMetadata,
  type PipelineError,
  type RawRecord,
  type StoreOutcome,
} from '@libs/domain';
import { BatchContext } from './batch-transport';
import { ConsumerTelemetry } from './consumer-telemetry';
import { RethrowFilter } from './rethrow.filter';

/** A record and what was made of it. */
interface Decoded {
  readonly record: RawRecord;
  readonly delivered: DeliveredMetadata;
}

interface Refused {
  readonly record: RawRecord;
  readonly error: PipelineError;
}

/** Settles each record of a batch: stored, found superseded, or durable on the dead-letter topic. */
@Controller()
@UseFilters(RethrowFilter)
export class MetadataConsumer {
  constructor(
    private readonly recordMetadata: RecordMetadata,
    private readonly deadLetters: DeadLetters,
    private readonly clock: Clock,
    private readonly telemetry: ConsumerTelemetry,
  ) {}

  /** @throws StoreUnavailable, BrokerUnavailable — the whole batch is to be delivered again */
  @EventPattern(GPU_METADATA_TOPIC)
  async settle(@Payload() records: readonly RawRecord[], @Ctx() { attempt }: BatchContext): Promise<void> {
    const endBatch = this.telemetry.startBatch();
    const { decoded, refused } = decodeAll(records);
    const fates = await this.recordMetadata.execute(decoded.map(({ delivered }) => delivered));
    const rejected = decoded.flatMap(({ record }, at) => rejectionOf(record, fates[at]!));
    await this.bury([...refused, ...rejected], attempt);
    decoded.forEach(({ delivered }, at) => {
      this.telemetry.settled(delivered, fates[at]!);
    });
    endBatch();
  }

  private async bury(refused: readonly Refused[], attempts: number): Promise<void> {
    if (refused.length === 0) return;
    const failedAt = this.clock.now();
    await this.deadLetters.send(
      refused.map(({ record, error }): DeadLetter => ({ record, error, attempts, failedAt })),
    );
    for (const { record, error } of refused) this.telemetry.deadLettered(record, error);
  }
}

function decodeAll(records: readonly RawRecord[]): { decoded: Decoded[]; refused: Refused[] } {
  const decoded: Decoded[] = [];
  const refused: Refused[] = [];
  for (const record of records) {
    try {
      decoded.push({ record, delivered: decodeRecord(record) });
    } catch (error) {
      if (!(error instanceof UnreadableRecord)) throw error;
      refused.push({ record, error });
    }
  }
  return { decoded, refused };
}

function rejectionOf(record: RawRecord, fate: StoreOutcome): Refused[] {
  return fate.kind === 'rejected' ? [{ record, error: fate.error }] : [];
}
