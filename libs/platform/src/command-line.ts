/** What is wrong with the options given. */
export class UsageFault extends Error {}

/**
 * Runs `command` with the options that `parse` (node:util's parseArgs) finds. Exit code 2 for options it does not
 * understand; `--help` shows the usage.
 */
export async function runCommand<Values>(
  usage: string,
  parse: () => Values,
  command: (values: Values) => Promise<void>,
): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(usage);
    return;
  }
  try {
    await command(parsed(parse));
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error;
    process.stderr.write(`${error.message}\n\n${usage}`);
    process.exitCode = 2;
  }
}

function parsed<Values>(parse: () => Values): Values {
  try {
    return parse();
  } catch (cause) {
    throw new UsageFault((cause as Error).message, { cause });
  }
}

/**
 * Tells Node's warnings in the place of Node itself, but for one: kafkajs 2.2.4 asks for timers in the past
 * (tulios/kafkajs#1751), which does no harm.
 */
export function onRuntimeWarning(tell: (warning: Error) => void): void {
  process.removeAllListeners('warning').on('warning', (warning) => {
    if (warning.name !== 'TimeoutNegativeWarning') tell(warning);
  });
}
