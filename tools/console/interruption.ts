const exitCodeOf = { SIGINT: 130, SIGTERM: 143 } as const;

/** SIGINT and SIGTERM as an abort, so that what is under way can end; a second one ends the process at once. */
export class Interruption {
  private readonly controller = new AbortController();
  private received: keyof typeof exitCodeOf | undefined;

  constructor() {
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.on(name, () => {
        // As PID 1 of a container a process does not end by a signal that nobody listens to.
        if (this.received !== undefined) process.exit(exitCodeOf[name]);
        this.received = name;
        this.controller.abort();
      });
    }
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** What the process ends with; undefined while nobody has interrupted it. */
  get exitCode(): number | undefined {
    return this.received && exitCodeOf[this.received];
  }
}
