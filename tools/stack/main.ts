// Not through @libs/platform, which would load all of Nest.
import { onRuntimeWarning } from '../../libs/platform/src/command-line';
import { startApps } from './app-start';
import { followLogs, showLogs } from './log-follower';
import { fetchPrograms } from './programs';
import { ConsoleProgress } from './progress';
import { startLocalProcessor } from './local-processor';
import { startStack, stopStack } from './stack';
import { StackError } from './stack-error';
import { stackSettings, storageNames, type StackSettings } from './stack-settings';
import { whereEverythingIs, whereLocalProcessorIs, whereStorageIs } from './ready-message';
import { statusTable } from './status-table';

const usage = `Usage: npm run stack -- COMMAND

  up           Kafka, the document database, S3 and both apps, in the background; waits until ready
  stop         ends what up or stack-up started with this STACK_DIR; keeps the data
  stack-up     Kafka, the document database and S3 only
  stack-down   ends Kafka, the document database and S3; keeps the data
  run-local-processor   the API alone, in the background, against a tunnel that runs, the stack or KAFKA_BROKERS
  stop-local-processor  ends the API alone
  status       each part: state, pid, port, settings that differ, log file
  logs         follows the log files (--no-follow: shows their last lines)
  fetch        only downloads the programs (.cache/stack/)

Environment: STACK_DIR (.stack) KAFKA_PORT (9092) MONGODB_PORT (27017) S3_PORT (9000) PROCESSOR_PORT (8000)
WORKER_PORT (8001); KAFKA_BROKERS, MONGODB_URI or S3_ENDPOINT: that one is used and ours is not started.
PROCESSOR_KAFKA (stack or tunnel): which one the API alone uses where both run.
ARCHIVE_BUCKET switches the worker's archive on, in that S3. All else reaches the apps.
`;

type Command = (settings: StackSettings, options: readonly string[]) => Promise<void> | void;

const progress = new ConsoleProgress();

const commands: Readonly<Record<string, Command>> = {
  up: async (settings) => {
    await startStack(settings, progress);
    await startApps(settings, progress);
    console.log(whereEverythingIs(settings));
  },
  stop: (settings) => stopStack(settings, progress),
  'stack-up': async (settings) => {
    await startStack(settings, progress);
    console.log(whereStorageIs(settings));
  },
  'stack-down': (settings) => stopStack(settings, progress, storageNames),
  'run-local-processor': async (settings) => {
    const route = await startLocalProcessor(settings, progress);
    console.log(whereLocalProcessorIs(settings, route));
  },
  'stop-local-processor': (settings) => stopStack(settings, progress, ['processor-api']),
  status: (settings) => {
    console.log(statusTable(settings));
  },
  logs: async (settings, options) => {
    if (options.includes('--no-follow')) showLogs(settings);
    else await followLogs(settings);
  },
  fetch: (settings) => fetchPrograms(settings, progress),
};

async function main([name = '', ...options]: readonly string[]): Promise<number> {
  if (name === '--help' || options.includes('--help')) {
    console.log(usage);
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    console.error(name === '' ? usage : `Unknown command: ${name}\n\n${usage}`);
    return 2;
  }
  try {
    await command(stackSettings(), options);
    return 0;
  } catch (error) {
    console.error(explanation(error));
    return 1;
  }
}

function explanation(error: unknown): string {
  if (error instanceof StackError) return `\n${error.message}\n${error.nextStep}`;
  if (!(error instanceof Error)) return String(error);
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC')
    return `\nThe disk is full (${path ?? 'STACK_DIR'}).\nFree some space and run the command again.`;
  return error.stack ?? error.message;
}

onRuntimeWarning((warning) => {
  console.error(warning.stack);
});

void main(process.argv.slice(2)).then((exitCode) => {
  // The probes' clients may keep timers for a moment that nobody waits for.
  process.exit(exitCode);
});
