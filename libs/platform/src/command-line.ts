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
