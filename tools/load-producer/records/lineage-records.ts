import { GPU_METRICS_TOPIC } from '@libs/contracts';
import { seededRandom, type Random } from '../../random/seeded-random';
import type { LoadTopic } from '../settings';
import { GPUS } from './devices';
import type { RunIdentity } from './run-identity';
import { mixed } from './vector-stock';

const HOSTS = 32;
const GPUS_OF_HOST = 8;
const MEBIBYTE = 1024 * 1024;

/** Models that answer, and what a token of theirs costs in US dollars. */
const MODELS = [
  { model: 'llama-3.1-8b-instruct', cost_per_token: 0.000_000_18 },
  { model: 'llama-3.1-70b-instruct', cost_per_token: 0.000_000_88 },
  { model: 'mistral-small-24b', cost_per_token: 0.000_000_3 },
  { model: 'qwen2.5-72b-instruct', cost_per_token: null },
] as const;

export interface LineageRecord {
  /** What the pipeline names the record by. */
  readonly id: string;
  /** As a producer writes them. */
  readonly fields: Readonly<Record<string, string | number | boolean | null>>;
}

/** Readings of GPUs or usages of models, of one run; the identity of each is its own. */
export class LineageRecords {
  private readonly isMetrics: boolean;

  constructor(
    readonly run: RunIdentity,
    readonly topic: LoadTopic,
  ) {
    this.isMetrics = topic === GPU_METRICS_TOPIC;
  }

  at(index: number): LineageRecord {
    const random = seededRandom(mixed(this.run.seed ^ 0x11ea, index));
    return this.isMetrics ? this.reading(index, random) : this.usage(index, random);
  }

  /** The index of what was read on the topic; undefined of anybody else's record. */
  indexOf(fields: Readonly<Record<string, unknown>>): number | undefined {
    if (!this.isMetrics)
      return typeof fields.event_id === 'string' ? this.run.indexOf(fields.event_id) : undefined;
    const { host, sequence } = fields;
    const isOurs = typeof host === 'string' && host.endsWith(`.load-${this.run.name}`);
    return isOurs && Number.isSafeInteger(sequence) ? Number(sequence) : undefined;
  }

  /** GPU after GPU, so that one's readings are milliseconds apart at any rate. */
  private reading(index: number, random: Random): LineageRecord {
    const place = index % (HOSTS * GPUS_OF_HOST);
    const gpu_index = place % GPUS_OF_HOST;
    const hostNumber = Math.floor(place / GPUS_OF_HOST);
    const host = `gpu-${String(hostNumber).padStart(2, '0')}.load-${this.run.name}`;
    const { deviceName: name, totalMemoryBytes, maxPowerWatts } = GPUS[hostNumber % GPUS.length]!;
    const utilization = Math.round(1_000 * random()) / 10;
    const ts = this.time(index);
    const fields = {
      host,
      gpu_index,
      utilization,
      mem_used_mb: Math.floor((totalMemoryBytes / MEBIBYTE) * (0.05 + 0.9 * random())),
      power_w: Math.round(maxPowerWatts * (0.15 + 0.008 * utilization) * 10) / 10,
      ts,
      name,
      temperature_c: 35 + Math.round(utilization / 2),
      sequence: index,
    };
    return { id: `${host}/${gpu_index}/${ts}`, fields };
  }

  private usage(index: number, random: Random): LineageRecord {
    const { model, cost_per_token } = MODELS[Math.floor(random() * MODELS.length)]!;
    const event_id = this.run.eventId(index);
    const prompt_tokens = 16 + Math.floor(4_000 * random() ** 2);
    const completion_tokens = 1 + Math.floor(1_000 * random());
    const ts = this.time(index);
    return {
      id: event_id,
      fields: { event_id, model, prompt_tokens, completion_tokens, cost_per_token, ts },
    };
  }

  private time(index: number): string {
    return new Date(this.run.arrivalMs(index)).toISOString();
  }
}
