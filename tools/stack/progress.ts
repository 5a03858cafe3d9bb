/** Where the supervisor tells what it does. */
export interface Progress {
  /** One line when `work` is done, with the time it took; `tell` says meanwhile how far it is. */
  step<T>(label: string, work: (tell: (detail: string) => void) => Promise<T>): Promise<T>;
  note(text: string): void;
}

export const silentProgress: Progress = {
  step: (_label, work) => work(() => undefined),
  note: () => undefined,
};

/** On a terminal one rewritten line for the steps under way, elsewhere a line every few seconds. */
export class ConsoleProgress implements Progress {
  private readonly underWay = new Map<string, { startedAt: number; detail: string }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly output: NodeJS.WriteStream = process.stdout) {}

  async step<T>(label: string, work: (tell: (detail: string) => void) => Promise<T>): Promise<T> {
    const step = { startedAt: Date.now(), detail: '' };
    this.underWay.set(label, step);
    this.timer ??= setInterval(
      () => {
        this.showUnderWay();
      },
      this.output.isTTY ? 250 : 5000,
    );
    try {
      const result = await work((detail) => {
        step.detail = detail;
      });
      this.note(`  ${label.padEnd(44)} ${seconds(step.startedAt)}`);
      return result;
    } finally {
      this.underWay.delete(label);
      if (this.underWay.size === 0) {
        clearInterval(this.timer);
        this.timer = undefined;
        this.clearLine();
      }
    }
  }

  note(text: string): void {
    this.clearLine();
    this.output.write(`${text}\n`);
  }

  private showUnderWay(): void {
    const texts = [...this.underWay].map(([label, { startedAt, detail }]) =>
      [label, detail, seconds(startedAt)].filter((text) => text !== '').join(' '),
    );
    const line = `  … ${texts.join(' · ')}`;
    if (!this.output.isTTY) {
      this.output.write(`${line}\n`);
      return;
    }
    this.clearLine();
    this.output.write(line.slice(0, this.output.columns - 1));
  }

  private clearLine(): void {
    if (this.output.isTTY) this.output.write('\r\u001b[K');
  }
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`;
}
