import { CommanderError, InvalidArgumentError, type Command } from 'commander';
import { PipelineError } from '@libs/domain';
import { ConfigurationFault, onRuntimeWarning } from '@libs/platform';
import { reasonOf } from '../console/reason-of';
import { exitCodes, ReplayError } from './replay-error';

/** Runs a command to its exit code; foreseeable failures are told in two lines, without a stack trace. */
export async function runCommand(command: Command): Promise<never> {
  onRuntimeWarning((warning) => {
    console.error(warning.stack);
  });
  // A reader such as head may have gone.
  process.stdout.on('error', () => undefined);
  for (const one of [command, ...command.commands]) one.exitOverride();
  try {
    await command.parseAsync();
  } catch (error) {
    process.exitCode = tell(error);
  }
  // kafkajs may keep timers for a moment that nobody waits for.
  process.exit();
}

/** Reads an option's whole number; @throws InvalidArgumentError */
export function positive(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw new InvalidArgumentError('It must be a whole number from 1 to 999999.');
  return Number(text);
}

function tell(error: unknown): number {
  // commander has told it.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  if (error instanceof ConfigurationFault) {
    console.error(error.message);
    return exitCodes.usage;
  }
  if (error instanceof ReplayError) {
    console.error(`${error.message}\n${error.nextStep}`);
    return error.exitCode;
  }
  if (error instanceof Error && 'syscall' in error && 'path' in error) {
    console.error(
      `${error.message}\nSTACK_DIR must name a folder that this user may write to, with room on the disk.`,
    );
    return exitCodes.failed;
  }
  if (isFaultOfKafka(error)) {
    console.error(
      `Kafka does not do as it is asked: ${reasonOf(error)}\nSee whether KAFKA_BROKERS is up and run the command again.`,
    );
    return exitCodes.failed;
  }
  console.error(error);
  return exitCodes.failed;
}

/** True for what the broker or the way to it is to blame for. */
export function isFaultOfKafka(error: unknown): error is Error {
  return error instanceof Error && (error instanceof PipelineError || error.name.startsWith('KafkaJS'));
}
