/** What a program depends on; each says why it is not usable, from the state of its live client. */
export abstract class Readiness {
  /** Name of the dependency → the problem; undefined while it is usable. */
  abstract problems(): Promise<Readonly<Record<string, string | undefined>>>;
}

/** Whether the process itself can go on; a dependency that is down never makes it sick. */
export abstract class Liveness {
  /** Why the process must be restarted; undefined while it need not. */
  abstract problem(): string | undefined;
}
