import { Presets, SingleBar } from 'cli-progress';

const lineIntervalMs = 5_000;

/** How far a command is, on standard error: a bar on a terminal, a line every few seconds elsewhere. */
export class ProgressLine {
  private readonly bar: SingleBar | undefined;
  private done = 0;
  private saidAtMs = performance.now();

  constructor(
    private readonly total: number,
    private readonly output: NodeJS.WriteStream = process.stderr,
  ) {
    if (!output.isTTY) return;
    const format =
      ' {bar} {percentage}% | {value}/{total} read | {published} published | {eta_formatted} left';
    this.bar = new SingleBar(
      { format, stream: output, hideCursor: true, barsize: 20 },
      Presets.shades_classic,
    );
    this.bar.start(total, 0, { published: 0 });
  }

  advance(count: number, published: number): void {
    this.done += count;
    this.bar?.update(this.done, { published });
    if (this.bar !== undefined || performance.now() - this.saidAtMs < lineIntervalMs) return;
    this.saidAtMs = performance.now();
    this.output.write(`${this.done} of ${this.total} read, ${published} published\n`);
  }

  end(): void {
    this.bar?.stop();
  }
}
