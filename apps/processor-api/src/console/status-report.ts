import type { DeadLetterCounts } from '@libs/domain';
import { WINDOW_SECONDS, type RecentTraffic } from '../http/recent-traffic';
import type { PartStatus, StatusBody } from './status-body';

/** Where the figures come from, asked anew for each report. */
export interface StatusSources {
  readonly version: string;
  readonly startedAt: Date;
  readonly traffic: RecentTraffic;
  readonly deadLetters: DeadLetterCounts;
  readonly queue: () => StatusBody['queue'];
  /** Why a part is not usable; undefined while it is. */
  readonly kafkaUnhealthyReason: () => string | undefined;
  /** The same of the database; undefined itself where this API only writes. */
  readonly readsUnhealthyReason: (() => string | undefined) | undefined;
}

/** How this process is doing; needs neither Kafka nor the database to tell. */
export class StatusReport {
  constructor(private readonly sources: StatusSources) {}

  async compose(): Promise<StatusBody> {
    const { version, startedAt, traffic, deadLetters, queue, kafkaUnhealthyReason, readsUnhealthyReason } =
      this.sources;
    return {
      version,
      startedAt: startedAt.toISOString(),
      deadLetters: await deadLetters.counts(),
      window: { seconds: WINDOW_SECONDS, points: traffic.points() },
      queue: queue(),
      parts: {
        kafka: partStatus(kafkaUnhealthyReason()),
        reads: readsUnhealthyReason
          ? { configured: true, ...partStatus(readsUnhealthyReason()) }
          : { configured: false, up: false },
      },
    };
  }
}

function partStatus(unhealthyReason: string | undefined): PartStatus {
  return unhealthyReason === undefined ? { up: true } : { up: false, problem: unhealthyReason };
}
