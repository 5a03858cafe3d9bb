/** A foreseeable failure: what is wrong and what to do next. Shown without a stack trace. */
export class ForeseenError extends Error {
  constructor(
    message: string,
    readonly nextStep: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}
