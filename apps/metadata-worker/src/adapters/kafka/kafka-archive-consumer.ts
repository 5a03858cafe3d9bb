import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaJSNonRetriableError, type EachBatchPayload, type Kafka } from 'kafkajs';
import type { RawRecord, StreamPosition } from '@libs/domain';
import { copyOfRecord, toRawRecord, type Logger } from '@libs/platform';
import type { ArchiveTelemetry } from '../../archive/archive-telemetry';
import { TenureEnded, type Archivist } from '../../archive/archivist';
import { OpenSegments } from '../../archive/open-segments';
import type { Segment, SegmentLimits } from '../../archive/segment';
import { backoffMs } from '../../consumer/backoff';
import type { OffsetJump } from '../../consumer/consumer-telemetry';
import type { ConsumingLoop } from '../../health/consumer-liveness';
import { GroupConsumer } from './group-consumer';
import { GroupTenure } from './group-tenure';
import { MustRejoin } from './must-rejoin';

export interface ArchiveConsumerSettings {
  readonly topic: string;
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly limits: SegmentLimits;
}

export interface ArchiveConsumerParts {
  readonly archivist: Archivist;
  readonly telemetry: ArchiveTelemetry;
  readonly log: Logger;
  readonly jumped: (jump: OffsetJump) => void;
}

const MIB = 1024 * 1024;
/** Bounds the segments of all partitions together, whatever their number. */
const MAX_HELD_BYTES = 48 * MIB;
const FETCH_PARTITION_BYTES = MIB;
const FETCH_BYTES = 4 * MIB;
const HEARTBEAT_MS = 1_000;
/** The part of the session that a tenure lasts without an answer to a heartbeat. */
const LEASE_PER_SESSION = 2 / 3;
const AGE_CHECK_MS = 250;
/** How long a stop waits for an upload that is under way. */
const FINISH_MS = 10_000;

type Commit = EachBatchPayload['commitOffsetsIfNecessary'];

/**
 * Gathers the records of each partition into segments over many fetches, and commits a segment's end once it is in
 * the archive. Whatever was gathered and not committed is read again by the next member that gets the partition.
 */
export class KafkaArchiveConsumer implements ConsumingLoop {
  private readonly group: GroupConsumer;
  private readonly archivist: Archivist;
  private readonly telemetry: ArchiveTelemetry;
  private readonly log: Logger;
  private readonly segments: OpenSegments;
  private tenure: GroupTenure | undefined;
  private commit: Commit = () => Promise.resolve();
  private turn: Promise<void> = Promise.resolve();

  constructor(
    kafka: Kafka,
    private readonly settings: ArchiveConsumerSettings,
    { archivist, telemetry, log, jumped }: ArchiveConsumerParts,
  ) {
    this.archivist = archivist;
    this.telemetry = telemetry;
    this.log = log;
    this.segments = new OpenSegments(settings.limits, MAX_HELD_BYTES);
    const { groupId, sessionTimeoutMs } = settings;
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
        log,
        jumped,
        joined: () => {
          this.tenure?.end();
          this.segments.clear();
          this.tenure = new GroupTenure(sessionTimeoutMs * LEASE_PER_SESSION, this.group.stopping);
        },
        left: () => {
          this.tenure?.end();
        },
        confirmed: () => {
          this.tenure?.renew();
        },
      },
    );
  }

  get failed(): Promise<Error> {
    return this.group.failed;
  }

  get problem(): string | undefined {
    return this.group.problem;
  }

  /** What the archive refuses objects for; undefined while it takes them. */
  get storageProblem(): string | undefined {
    return this.archivist.problem;
  }

  get silentMs(): number {
    return this.group.silentMs;
  }

  start(): void {
    void this.group.consume([this.settings.topic], (payload) => this.receive(payload));
    void this.watchAge();
  }

  /** Finishes the upload that is under way, if it does not take too long; what was only gathered is read again. */
  async close(): Promise<void> {
    this.group.beginStop();
    const cut = setTimeout(() => this.tenure?.end(), FINISH_MS);
    await this.turn;
    clearTimeout(cut);
    await this.group.close();
  }

  private async receive(payload: EachBatchPayload): Promise<void> {
    const tenure = this.tenure!;
    const heartbeat = setInterval(() => {
      payload.heartbeat().catch(() => {
        tenure.end();
      });
    }, HEARTBEAT_MS);
    try {
      await this.inTurn(() => this.gather(payload, tenure));
    } catch (error) {
      if (!(error instanceof TenureEnded)) throw this.faultOfOurs(error);
      if (!this.group.stopping.aborted) throw new MustRejoin();
    } finally {
      clearInterval(heartbeat);
    }
  }

  private async gather({ batch, ...payload }: EachBatchPayload, tenure: GroupTenure): Promise<void> {
    this.commit = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    for (const message of batch.messages) {
      if (tenure.isOver) throw new TenureEnded();
      if (this.group.stopping.aborted) return;
      await this.take(toRawRecord(batch.topic, batch.partition, message), tenure);
      payload.resolveOffset(message.offset);
    }
  }

  private async take(record: RawRecord, tenure: GroupTenure): Promise<void> {
    const open = this.segments.of(record.position.partition);
    if (open?.includes(record.position.offset) === true) return;
    if (open?.hasRoomFor(record) === false) await this.archive(open, tenure);
    this.segments.add(copyOfRecord(record), performance.now());
    await this.archiveDue(tenure);
  }

  private async archiveDue(tenure: GroupTenure): Promise<void> {
    for (const segment of this.segments.due(performance.now())) await this.archive(segment, tenure);
    this.telemetry.holds(this.segments.heldBytes);
  }

  /** Ends segments that no further record comes for. */
  private async watchAge(): Promise<void> {
    const signal = this.group.stopping;
    while (!signal.aborted) {
      await sleep(AGE_CHECK_MS, undefined, { signal }).catch(() => undefined);
      const { tenure } = this;
      if (tenure?.isOver !== false || this.segments.due(performance.now()).length === 0) continue;
      try {
        await this.inTurn(() => this.archiveDue(tenure));
      } catch (error) {
        // When the tenure ended kafkajs joins again, and what was gathered is read again.
        if (!(error instanceof TenureEnded)) this.faultOfOurs(error);
      }
    }
  }

  private async archive(segment: Segment, tenure: GroupTenure): Promise<void> {
    const { first, nextOffset, count } = segment;
    const { topic, partition, offset: firstOffset } = first.position;
    await this.archivist.archiveSegment(segment.takeRecords(), tenure);
    for (
      let attempt = 1;
      !(await this.tryCommit({ topic, partition, offset: nextOffset }, tenure));
      attempt++
    ) {
      if (!(await tenure.retryAfter(backoffMs(attempt)))) throw new TenureEnded();
    }
    this.segments.remove(segment);
    this.telemetry.committed({ partition, firstOffset, nextOffset, records: count });
  }

  /**
   * kafkajs takes the generation it commits for at the moment of the call, so that is when ours must be the same. The
   * consumer's own `commitOffsets` would try again in a later generation, which may belong to somebody else.
   */
  private async tryCommit(
    { topic, partition, offset }: StreamPosition,
    tenure: GroupTenure,
  ): Promise<boolean> {
    if (!tenure.holds) return false;
    try {
      await this.commit({ topics: [{ topic, partitions: [{ partition, offset: String(offset) }] }] });
      return true;
    } catch (error) {
      this.log.warn({ partition, fault: (error as Error).message }, 'archived offset not committed yet');
      return false;
    }
  }

  /** One at a time: segments are large, and whoever works on one may end it. */
  private async inTurn(work: () => Promise<void>): Promise<void> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }

  private faultOfOurs(error: unknown): Error {
    this.log.fatal({ err: error }, 'a fault of ours in the archive');
    // Any other type would either be retried for ever or leave a live process that archives nothing.
    const fault = new KafkaJSNonRetriableError(error instanceof Error ? error : String(error));
    this.group.fail(fault);
    return fault;
  }
}
