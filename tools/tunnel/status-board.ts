/** Prints one line for each thing that is watched, and another whenever it changes. */
export class StatusBoard {
  private readonly shown = new Map<string, string>();
  private readonly states = new Map<string, 'up' | 'down'>();
  private readonly nameWidth: number;

  constructor(
    names: readonly string[],
    private readonly print: (line: string) => void,
    private readonly now: () => Date = () => new Date(),
  ) {
    this.nameWidth = Math.max(...names.map((name) => name.length)) + 2;
  }

  up(name: string, detail: string): void {
    this.show(name, 'up', detail);
  }

  down(name: string, reason: string): void {
    this.show(name, 'down', reason);
  }

  /** Down, of what was up; what never was has nothing to lose. */
  lost(name: string, reason: string): void {
    if (this.states.get(name) === 'up') this.show(name, 'down', reason);
  }

  private show(name: string, state: 'up' | 'down', text: string): void {
    const line = `${name.padEnd(this.nameWidth)} ${state.padEnd(4)} ${text}`;
    if (this.shown.get(name) === line) return;
    this.shown.set(name, line);
    this.states.set(name, state);
    this.print(`${this.now().toTimeString().slice(0, 8)}  ${line}`);
  }
}
