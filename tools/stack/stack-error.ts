/** A foreseeable failure: one sentence on what is wrong and one on what to do next. Shown without a stack trace. */
export class StackError extends Error {
  readonly code = 'stack_error';

  constructor(
    message: string,
    readonly nextStep: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'StackError';
  }
}
