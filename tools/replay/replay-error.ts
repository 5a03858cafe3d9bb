/** What the commands end with besides 0, and 130 or 143 after SIGINT or SIGTERM. */
export const exitCodes = { failed: 1, usage: 2, refused: 3 } as const;

/** A foreseeable failure: what is wrong and what to do next. Shown without a stack trace. */
export class ReplayError extends Error {
  readonly exitCode: number;

  constructor(
    message: string,
    readonly nextStep: string,
    options: ErrorOptions & { readonly exitCode?: number } = {},
  ) {
    super(message, options);
    this.name = ReplayError.name;
    this.exitCode = options.exitCode ?? exitCodes.failed;
  }
}

/** Options that contradict each other or say too little. */
export class UsageError extends ReplayError {
  constructor(message: string, nextStep: string) {
    super(message, nextStep, { exitCode: exitCodes.usage });
  }
}
