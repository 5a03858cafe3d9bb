import { Injectable } from '@nestjs/common';
import { Clock, DeadLetterCounts } from '@libs/domain';
import { version } from '../../../../package.json';
import { RecentTraffic, WINDOW_SECONDS } from '../http/recent-traffic';
import type { PartStatus, StatusBody } from './status-body';

/** How what this process depends on is doing, asked anew for each report. */
export abstract class StatusSources {
  abstract readonly queue: () => StatusBody['queue'];
  abstract readonly searchIndex: () => StatusBody['searchIndex'];
  /** Why Kafka is not usable; undefined while it is. */
  abstract readonly kafkaUnhealthyReason: () => string | undefined;
  /** The same of the database; undefined itself where this API only writes. */
  abstract readonly readsUnhealthyReason: (() => string | undefined) | undefined;
}

/** How this process is doing; needs neither Kafka nor the database to tell. */
@Injectable()
export class StatusReport {
  private readonly startedAt: string;

  constructor(
    clock: Clock,
    private readonly traffic: RecentTraffic,
    private readonly deadLetters: DeadLetterCounts,
    private readonly sources: StatusSources,
  ) {
    this.startedAt = clock.now().toISOString();
  }

  async compose(): Promise<StatusBody> {
    const { queue, searchIndex, kafkaUnhealthyReason, readsUnhealthyReason } = this.sources;
    return {
      version,
      startedAt: this.startedAt,
      deadLetters: await this.deadLetters.counts(),
      window: { seconds: WINDOW_SECONDS, points: this.traffic.points() },
      queue: queue(),
      searchIndex: searchIndex(),
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
