/** What the command ends with besides 0, and 130 or 143 when a second signal ended it at once. */
export const exitCodes = { failed: 1, usage: 2, lost: 3, neverSent: 4, unverified: 5 } as const;

/** A foreseeable failure: what is wrong and what to do next. Shown without a stack trace. */
export class LoadError extends Error {
  readonly exitCode: number;

  constructor(
    message: string,
    readonly nextStep: string,
    options: ErrorOptions & { readonly exitCode?: number } = {},
  ) {
    super(message, options);
    this.name = LoadError.name;
    this.exitCode = options.exitCode ?? exitCodes.failed;
  }
}
