import type { Admin, Kafka } from 'kafkajs';
import { DeadLetterCounts } from '@libs/domain';
import { withDeadline } from '@libs/platform';

const KEPT_MS = 10_000;
const DEADLINE_MS = 2_000;

export interface DeadLetterCountsSettings {
  readonly topics: readonly string[];
  /** Why Kafka is not usable; it is not asked then. Undefined while it is. */
  readonly kafkaUnhealthyReason: () => string | undefined;
}

type Counts = Readonly<Record<string, number | null>>;

/**
 * Counts what lies between the first and the last offset of each dead-letter topic. Kafka is asked at most once
 * in ten seconds, whoever asks us, and over a connection that is made when the first one does.
 */
export class KafkaDeadLetterCounts extends DeadLetterCounts {
  private readonly admin: Admin;
  private kept: { readonly counts: Promise<Counts>; readonly untilMs: number } | undefined;

  constructor(
    kafka: Kafka,
    private readonly settings: DeadLetterCountsSettings,
  ) {
    super();
    this.admin = kafka.admin({ retry: { retries: 1, initialRetryTime: 100 } });
  }

  counts(): Promise<Counts> {
    const { topics, kafkaUnhealthyReason } = this.settings;
    if (kafkaUnhealthyReason() !== undefined) return Promise.resolve(Object.fromEntries(topics.map(unknown)));
    const nowMs = performance.now();
    if (this.kept === undefined || this.kept.untilMs <= nowMs) {
      this.kept = { counts: this.ask(), untilMs: nowMs + KEPT_MS };
    }
    return this.kept.counts;
  }

  async stop(): Promise<void> {
    await this.admin.disconnect();
  }

  private async ask(): Promise<Counts> {
    const counts = new Map<string, number | null>(this.settings.topics.map(unknown));
    await withDeadline(this.fill(counts), DEADLINE_MS).catch(() => undefined);
    return Object.fromEntries(counts);
  }

  /** One after another, and only topics that are there: kafkajs fails for all when it is asked for one that is not. */
  private async fill(counts: Map<string, number | null>): Promise<void> {
    await this.admin.connect();
    const existing = new Set(await this.admin.listTopics());
    for (const topic of counts.keys()) {
      if (existing.has(topic)) counts.set(topic, await this.lettersIn(topic));
    }
  }

  private async lettersIn(topic: string): Promise<number> {
    const partitions = await this.admin.fetchTopicOffsets(topic);
    const letters = partitions.reduce((sum, { high, low }) => sum + BigInt(high) - BigInt(low), 0n);
    return Number(letters);
  }
}

function unknown(topic: string): [string, null] {
  return [topic, null];
}
