import { KafkaJSAggregateError, type Admin, type ITopicMetadata, type Kafka } from 'kafkajs';
import type { TopicDefinition } from '@libs/contracts';
import type { Logger } from '../logger';
import { withDeadline } from '../time';

const INTERVAL_MS = 2_000;
const DEADLINE_MS = 3_000;

export interface KafkaWatchSettings {
  readonly topics: readonly TopicDefinition[];
  readonly createTopics: boolean;
}

/**
 * Knows whether the broker answers and has our topics: one admin client that stays connected asks every two
 * seconds, so that probes cost nothing. Makes missing topics first where that is allowed.
 */
export class KafkaWatch {
  private readonly admin: Admin;
  private fault: string | undefined = 'not asked yet';
  private lastSaid: boolean | undefined;
  private faultSeenAt = performance.now();
  private mayCreate: boolean;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    kafka: Kafka,
    private readonly settings: KafkaWatchSettings,
    private readonly logger: Logger,
  ) {
    // Without a retry kafkajs refuses even a broker that it has just met.
    this.admin = kafka.admin({ retry: { retries: 2, initialRetryTime: 100 } });
    this.mayCreate = settings.createTopics;
  }

  /** True while topics that are missing are about to be made. */
  get makesTopics(): boolean {
    return this.mayCreate;
  }

  /** Why the broker is not usable; undefined while it is. */
  get unhealthyReason(): string | undefined {
    return this.fault;
  }

  /** Time since the broker was last seen not to be usable. */
  get msSinceUnhealthy(): number {
    return performance.now() - this.faultSeenAt;
  }

  start(): void {
    void this.ask().finally(() => {
      if (this.stopped) return;
      this.timer = setTimeout(() => {
        this.start();
      }, INTERVAL_MS);
      this.timer.unref();
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.admin.disconnect();
  }

  private async ask(): Promise<void> {
    try {
      await withDeadline(this.checkTopics(), DEADLINE_MS);
      this.note(undefined);
    } catch (error) {
      this.note(error instanceof Error ? error.message : String(error));
    }
  }

  private async checkTopics(): Promise<void> {
    await this.admin.connect();
    const { topics, createTopics } = this.settings;
    if (createTopics && this.fault !== undefined) await this.makeMissing();
    for (const { name, partitions } of await this.fetchMetadata(topics.map(({ name }) => name))) {
      const leaderless = partitions.filter(({ leader }) => leader < 0).length;
      if (leaderless > 0) throw new Error(`topic ${name} has ${leaderless} partitions without a leader`);
    }
  }

  /** Of topics that it does not see kafkajs says no name, and for those that it saw before not even that. */
  private async fetchMetadata(names: string[]): Promise<readonly ITopicMetadata[]> {
    try {
      return (await this.admin.fetchTopicMetadata({ topics: names })).topics;
    } catch (error) {
      const seen = new Set(await this.admin.listTopics().catch(() => names));
      const unseen = names.filter((name) => !seen.has(name));
      if (unseen.length === 0) throw error;
      throw new Error(`Kafka has no ${unseen.join(', ')}, or does not let this program see them`);
    }
  }

  private async makeMissing(): Promise<void> {
    const existing = new Set(await this.admin.listTopics());
    const missing = this.settings.topics.filter(({ name }) => !existing.has(name));
    if (missing.length === 0) return;
    try {
      await this.admin.createTopics({
        waitForLeaders: true,
        topics: missing.map(({ name, partitions, config }) => ({
          topic: name,
          numPartitions: partitions,
          configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
        })),
      });
      this.mayCreate = true;
    } catch (error) {
      if (!(error instanceof KafkaJSAggregateError)) throw error;
      this.mayCreate = false;
      throw new Error(`Kafka refuses to create topics: ${error.errors.map(String).join('; ')}`, {
        cause: error,
      });
    }
  }

  private note(fault: string | undefined): void {
    this.fault = fault;
    if (fault !== undefined) this.faultSeenAt = performance.now();
    const answers = fault === undefined;
    if (answers === this.lastSaid) return;
    this.lastSaid = answers;
    if (answers) this.logger.info('Kafka answers');
    else this.logger.warn({ fault }, 'Kafka does not answer');
  }
}
