import type { INestApplicationContext } from '@nestjs/common';
import { onRuntimeWarning } from './command-line';
import type { Logger } from './logger';
import { ConfigurationFault } from './settings';

/** A program that started: `close` finishes accepted work. */
export interface RunningProgram {
  readonly app: INestApplicationContext;
  readonly logger: Logger;
  readonly shutdownGraceMs: number;
  /** Resolves when the program can no longer do its duty. */
  readonly failed?: Promise<Error>;
}

/**
 * Runs a program until SIGTERM or SIGINT, then closes it: exit code 0 when all accepted work was finished
 * within the grace period, 1 otherwise. A fault in the configuration is told without a stack trace.
 */
export async function runProgram(start: () => Promise<RunningProgram>): Promise<void> {
  // Asked for from the beginning: as PID 1 of a container a process does not even notice a signal nobody listens to.
  const signal = new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, resolve);
  });
  // From the beginning too: kafkajs warns while it connects, and until then nobody knows how to log.
  const early: Error[] = [];
  let tell: (warning: Error) => void = (warning) => early.push(warning);
  onRuntimeWarning((warning) => {
    tell(warning);
  });
  let program: RunningProgram;
  try {
    program = await start();
  } catch (error) {
    process.stderr.write(`${startFailure(error)}\n`);
    process.exit(1);
  }
  const { logger, failed } = program;
  tell = (warning) => {
    logger.warn({ err: warning }, 'warning of the runtime');
  };
  early.forEach(tell);
  const reason = await (failed ? Promise.race([signal, failed]) : signal);
  if (reason instanceof Error) logger.fatal({ err: reason }, 'stopping after a fault');
  else logger.info({ signal: reason }, 'stopping');
  const clean = await closeWithin(program);
  process.exit(clean && !(reason instanceof Error) ? 0 : 1);
}

async function closeWithin({ app, logger, shutdownGraceMs }: RunningProgram): Promise<boolean> {
  const expired = new Promise<false>((resolve) => setTimeout(resolve, shutdownGraceMs, false));
  try {
    const clean = await Promise.race([app.close().then(() => true), expired]);
    logger.info(clean ? 'stopped' : 'stopped before all work was finished: SHUTDOWN_GRACE_MS is over');
    return clean;
  } catch (error) {
    logger.error({ err: error }, 'could not stop cleanly');
    return false;
  }
}

function startFailure(error: unknown): string {
  if (error instanceof ConfigurationFault) return error.message;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `${error.message}: another program holds the port; choose another PORT or stop that program.`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
