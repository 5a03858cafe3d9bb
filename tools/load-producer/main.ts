import '@libs/platform/require-node';
import { Command, CommanderError } from 'commander';
import { ConfigurationFault } from '@libs/platform/settings';
import { onRuntimeWarning } from '@libs/platform/command-line';
import { ForeseenError } from '../console/foreseen-error';
import { exitCodes } from './exit-codes';
import { addOptions, toVariables } from './options';
import { loadProducer } from './program';
import { loadSettings } from './settings';

const help = `
Each option is a variable as well: --max-waiting is LOAD_MAX_WAITING. The API key comes from API_KEY or a file.
Kafka mode has the settings of the apps: KAFKA_BROKERS, KAFKA_BROKER_MAP, KAFKA_SSL*, KAFKA_SASL*.

What is measured:
  Records arrive by the clock, whatever the server does; latency counts from then to the acknowledgement, retries
  included. When all connections are busy records wait, --max-waiting at most; those beyond are never sent.
  429, 408, 5xx and connection errors are retried with the same event id, other refusals never.

What is verified (--verify):
  api    each acknowledged record's document, read through the API (what gpu-metadata in http mode is verified by)
  topic  each acknowledged record on its topic, read from KAFKA_BROKERS (all else: the API has no route that reads
         gpu.metrics.v1 and token.usage.v1)
  Content is compared field by field, the vector bit for bit.

It ends with 0 when all that was sent was acknowledged, also after SIGTERM or SIGINT, and otherwise with
  1 records were refused or failed, or it could not start     2 the options or variables are at fault
  3 an acknowledged record is missing or differs              4 records were never sent: --rate was not reached
  5 acknowledged records could not be read back               130, 143 after a second signal, at once

Examples:
  npm run load-producer -- --count 10
  npm run load-producer -- --rate 500 --duration 5m --verify
  npm run load-producer -- --rate 2000 --batch 50 --duration 1m --compress zstd --json summary.json
  npm run load-producer -- --mode kafka --topic gpu.metrics.v1 --rate 50
  npm run load-producer -- --ceiling --rate 5000 --encoding json

docs/load-producer.md tells more.`;

const command = addOptions(new Command('load-producer'))
  .usage('-- [options]')
  .description('Sends realistic records at a steady rate and tells how they fared.')
  .addHelpText('after', help)
  .exitOverride()
  .action((options: Readonly<Record<string, string | true>>) => run(options));

async function run(options: Readonly<Record<string, string | true>>): Promise<void> {
  const settings = loadSettings({ ...process.env, ...toVariables(options) });
  process.exitCode = await loadProducer(settings);
}

function tell(error: unknown): number {
  // commander has told it.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (error instanceof ConfigurationFault) {
    console.error(error.message);
    return exitCodes.usage;
  }
  if (error instanceof ForeseenError) {
    console.error(`${error.message}\n${error.nextStep}`);
    return exitCodes.failed;
  }
  console.error(error);
  return exitCodes.failed;
}

async function main(): Promise<never> {
  onRuntimeWarning((warning) => {
    console.error(warning.stack);
  });
  // A reader such as head may have gone.
  process.stdout.on('error', () => undefined);
  if (process.argv.some((argument) => /^--api-key(=|$)/.test(argument))) {
    console.error(
      'An API key on the command line is for all to see: set API_KEY, or name a file by --api-key-file.',
    );
    process.exit(exitCodes.usage);
  }
  try {
    await command.parseAsync();
  } catch (error) {
    process.exitCode = tell(error);
  }
  // kafkajs may keep timers for a moment that nobody waits for.
  process.exit();
}

void main();
