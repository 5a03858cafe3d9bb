import { ConfigResourceTypes, type Admin, type Kafka } from 'kafkajs';
import { withDeadline } from '../time';
import type { SizeLimit } from './kafka-refusals';

const KEPT_MS = 10_000;
const DEADLINE_MS = 1_000;
const LIMITS: readonly SizeLimit[] = ['max.message.bytes', 'segment.bytes'];

type Limits = ReadonlyMap<string, number>;

/**
 * How large a record topics take. Kafka is asked at most once in ten seconds for each topic, and over a connection that
 * is made when a record turns out to be too large.
 */
export class TopicLimits {
  private readonly kept = new Map<string, { readonly limits: Promise<Limits>; readonly untilMs: number }>();
  private admin: Admin | undefined;

  constructor(private readonly kafka: Kafka) {}

  /** In bytes; undefined where Kafka does not tell in time. */
  async limitOf(topic: string, setting: SizeLimit): Promise<number | undefined> {
    return (await this.limitsOf(topic)).get(setting);
  }

  async stop(): Promise<void> {
    await this.admin?.disconnect();
  }

  private limitsOf(topic: string): Promise<Limits> {
    const kept = this.kept.get(topic);
    const nowMs = performance.now();
    if (kept && kept.untilMs > nowMs) return kept.limits;
    const limits = withDeadline(this.ask(topic), DEADLINE_MS).catch(() => new Map<string, number>());
    this.kept.set(topic, { limits, untilMs: nowMs + KEPT_MS });
    return limits;
  }

  private async ask(topic: string): Promise<Limits> {
    this.admin ??= this.kafka.admin({ retry: { retries: 1, initialRetryTime: 100 } });
    await this.admin.connect();
    const { resources } = await this.admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configNames: [...LIMITS] }],
    });
    const entries = resources.flatMap(({ configEntries }) => configEntries);
    return new Map(entries.map(({ configName, configValue }) => [configName, Number(configValue)]));
  }
}
