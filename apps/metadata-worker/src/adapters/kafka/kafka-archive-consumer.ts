import { KafkaJSNonRetriableError, type EachBatchPayload, type Kafka } from 'kafkajs';
import { toRawRecord } from '@libs/platform';
import { SessionEnded, type Archivist } from '../../archive/archivist';
import type { SegmentLimits } from '../../archive/segment';
import { SegmentArchiver } from '../../archive/segment-archiver';
import type { ConsumingLoop } from '../../consumer/consumer-liveness';
import { GroupConsumer, type GroupTelemetry } from './group-consumer';
import { MustRejoin, type GroupSession } from './group-session';

export interface ArchiveConsumerSettings {
  readonly topic: string;
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly limits: SegmentLimits;
}

export interface ArchiveConsumerDeps {
  readonly archivist: Archivist;
  readonly telemetry: GroupTelemetry;
}

const MIB = 1024 * 1024;
const FETCH_PARTITION_BYTES = MIB;
const FETCH_BYTES = 4 * MIB;
/** How long a stop waits for an upload that is under way. */
const FINISH_MS = 10_000;

/** Hands the records of the archive's own group to a SegmentArchiver, a new one in each session. */
export class KafkaArchiveConsumer implements ConsumingLoop {
  private readonly group: GroupConsumer;
  private archiver: SegmentArchiver | undefined;

  constructor(
    kafka: Kafka,
    private readonly settings: ArchiveConsumerSettings,
    private readonly deps: ArchiveConsumerDeps,
  ) {
    const { groupId, sessionTimeoutMs, limits } = settings;
    this.group = new GroupConsumer(
      kafka,
      {
        groupId,
        sessionTimeoutMs,
        maxBytesPerPartition: FETCH_PARTITION_BYTES,
        maxBytes: FETCH_BYTES,
        concurrentPartitions: 1,
      },
      {
        telemetry: deps.telemetry,
        joined: (session) => {
          this.archiver = new SegmentArchiver(session, deps.archivist, limits);
          this.archiver.watchAge().catch((error: unknown) => {
            // When the session ended kafkajs joins again, and what was gathered is read again.
            if (!(error instanceof SessionEnded)) this.faultOfOurs(error);
          });
        },
      },
    );
  }

  get failed(): Promise<Error> {
    return this.group.failed;
  }

  get unhealthyReason(): string | undefined {
    return this.group.unhealthyReason;
  }

  /** What the archive refuses objects for; undefined while it takes them. */
  get storageUnhealthyReason(): string | undefined {
    return this.deps.archivist.unhealthyReason;
  }

  get silentMs(): number {
    return this.group.silentMs;
  }

  start(): void {
    void this.group.consume([this.settings.topic], (...batch) => this.receive(...batch));
  }

  /** Finishes the upload that is under way, if it does not take too long; what was only gathered is read again. */
  async close(): Promise<void> {
    this.group.beginStop();
    const cut = setTimeout(() => this.group.session?.end(), FINISH_MS);
    await this.archiver?.idle();
    clearTimeout(cut);
    await this.group.close();
  }

  private async receive(payload: EachBatchPayload, session: GroupSession): Promise<void> {
    try {
      await session.keepAlive(payload, () => this.gather(payload, session));
    } catch (error) {
      session.end();
      throw error;
    }
  }

  private async gather(payload: EachBatchPayload, session: GroupSession): Promise<void> {
    const { batch } = payload;
    const { archiver } = this;
    session.commitWith(payload);
    try {
      for (const message of batch.messages) {
        if (session.isOver) throw new SessionEnded();
        if (this.group.stopping.aborted) return;
        await archiver!.add(toRawRecord(batch.topic, batch.partition, message));
        payload.resolveOffset(message.offset);
      }
    } catch (error) {
      if (!(error instanceof SessionEnded)) throw this.faultOfOurs(error);
      if (!this.group.stopping.aborted) throw new MustRejoin();
    }
  }

  private faultOfOurs(error: unknown): Error {
    this.deps.telemetry.log.fatal({ err: error }, 'a fault of ours in the archive');
    // Any other type would either be retried for ever or leave a live process that archives nothing.
    const fault = new KafkaJSNonRetriableError(error instanceof Error ? error : String(error));
    this.group.fail(fault);
    return fault;
  }
}
