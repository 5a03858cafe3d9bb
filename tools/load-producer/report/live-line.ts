const FRAME_MS = 250;
const LINE_MS = 5_000;
const HOME = '\r';
const CLEAR_REST = '\u001b[K';

/**
 * How a long command stands, on standard error: one line that rewrites itself on a terminal, a line every few seconds
 * elsewhere.
 */
export class LiveLine {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly text: () => string,
    private readonly output: NodeJS.WriteStream = process.stderr,
  ) {}

  start(): void {
    const everyMs = this.output.isTTY ? FRAME_MS : LINE_MS;
    this.timer = setInterval(() => {
      this.draw();
    }, everyMs);
  }

  /** Writes a line of its own above the live one. */
  say(line: string): void {
    this.output.write(this.output.isTTY ? `${HOME}${CLEAR_REST}${line}\n` : `${line}\n`);
    if (this.timer !== undefined && this.output.isTTY) this.draw();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    if (this.output.isTTY) this.output.write(`${HOME}${CLEAR_REST}`);
  }

  private draw(): void {
    const { isTTY, columns } = this.output;
    // A line that wraps cannot be rewritten.
    this.output.write(
      isTTY ? `${HOME}${this.text().slice(0, columns - 1)}${CLEAR_REST}` : `${this.text()}\n`,
    );
  }
}
