import { join, resolve } from 'node:path';
import { z } from 'zod';
import {
  kafkaFaults,
  kafkaSettings,
  readSettings,
  toKafkaSettings,
  type KafkaSettings,
} from '@libs/platform';

const schema = z.object({ ...kafkaSettings, STACK_DIR: z.string().default('.stack') });
const repoDir = resolve(__dirname, '../..');

export interface ReplayConfig {
  readonly kafka: KafkaSettings;
  /** Where interrupted replays are kept; absolute. */
  readonly journalDir: string;
}

/** The Kafka settings of the apps, from the same variables; @throws ConfigurationFault with all faults at once */
export function replayConfig(env: NodeJS.ProcessEnv = process.env): ReplayConfig {
  const settings = readSettings(schema, env, kafkaFaults);
  return {
    kafka: toKafkaSettings(settings, 'replay', false),
    journalDir: join(resolve(repoDir, settings.STACK_DIR), 'replay'),
  };
}
