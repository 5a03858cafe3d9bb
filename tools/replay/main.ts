import '@libs/platform/require-node';
import { Command } from 'commander';
import { positive, runCommand } from './command-line';
import { replay, type ReplayOptions } from './replay-command';

const examples = `
What is selected:
  The ends of offsets and times are exclusive: --from-offset 10 --to-offset 12 are the records 10 and 11.
  Times are the broker's, RFC 3339: when it took the record (of a dead letter: when it became one).
  Offsets, times, event ids and codes narrow each other down. Copies that earlier replays made are left out
  where their original is selected.

Without --dry-run it writes only with --yes; without that it shows what it would write and ends with 3.
It ends with 0 when all was published, 1 after a failure, 2 when the command line or the settings are at fault,
130 or 143 when it was interrupted.

Examples:
  npm run replay -- --dlq --dry-run
  npm run replay -- --dlq --code record_rejected --from 2026-11-21T05:00:00Z --yes
  npm run replay -- --event-id 0198f0c0-0000-7000-8000-000000000001 --yes
  npm run replay -- --from 2026-11-21T05:00:00Z --to 2026-11-21T06:00:00Z --dry-run
  npm run replay -- --partition 3 --from-offset 1200 --to-offset 1300 --yes
  npm run replay -- --topic gpu-metadata --all --rate 200 --yes
  npm run replay -- --resume
  npm run replay -- --resume 20261121T051200-0a1b --yes

The settings are those of the apps: KAFKA_BROKERS, KAFKA_BROKER_MAP, KAFKA_SSL*, KAFKA_SASL*. Interrupted replays are
kept in STACK_DIR/replay (.stack/replay). docs/replay.md tells more.`;

const command = new Command('replay')
  .usage('-- [options]')
  .description(
    'Publishes records of a topic, or its dead letters, once more: what is missing is stored, nothing else changes.',
  )
  .option('--topic <name>', 'the topic (default: gpu-metadata)')
  .option('--all', 'the whole topic, or with --dlq all dead letters')
  .option('--partition <p>', 'one partition only')
  .option('--from-offset <a>', 'from this offset of --partition')
  .option('--to-offset <b>', 'up to, without, this offset of --partition')
  .option('--from <time>', 'from this time')
  .option('--to <time>', 'up to, without, this time')
  .option('--event-id <id...>', 'the records with these keys')
  .option('--dlq', "from the topic's dead letters")
  .option('--code <code...>', 'dead letters with these codes')
  .option('--dry-run', 'shows what would be replayed and writes nothing')
  .option('--yes', 'writes')
  .option('--rate <n>', 'records a second, at most', positive, 500)
  .option('--resume [id]', 'goes on with an interrupted replay; without an id: lists them')
  .addHelpText('after', examples)
  .action((options: ReplayOptions) => replay(options));

void runCommand(command);
