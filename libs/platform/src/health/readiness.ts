/** Name of a dependency → why it is not usable; undefined while it is. */
export type UnhealthyReasons = Readonly<Record<string, string | undefined>>;

/** What a program depends on, told from the state of its live clients. */
export class Readiness {
  constructor(readonly unhealthyReasons: () => Promise<UnhealthyReasons>) {}
}
