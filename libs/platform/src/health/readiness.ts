/** Name of a dependency → why it is not usable; undefined while it is. */
export type DependencyProblems = Readonly<Record<string, string | undefined>>;

/** What a program depends on, told from the state of its live clients. */
export class Readiness {
  constructor(readonly problems: () => Promise<DependencyProblems>) {}
}
