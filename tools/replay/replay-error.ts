import { ForeseenError } from '../console/foreseen-error';

/** What the commands end with besides 0, and 130 or 143 after SIGINT or SIGTERM. */
export const exitCodes = { failed: 1, usage: 2, refused: 3 } as const;

/** A foreseeable failure of a command, and what the command ends with. */
export class ReplayError extends ForeseenError {
  readonly exitCode: number;

  constructor(
    message: string,
    nextStep: string,
    { exitCode = exitCodes.failed, ...options }: ErrorOptions & { readonly exitCode?: number } = {},
  ) {
    super(message, nextStep, options);
    this.exitCode = exitCode;
  }
}

/** Options that contradict each other or say too little. */
export class UsageError extends ReplayError {
  constructor(message: string, nextStep: string) {
    super(message, nextStep, { exitCode: exitCodes.usage });
  }
}
