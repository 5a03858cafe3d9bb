import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** A port that leads HTTP requests to `target` while it is open, or answers in its place. */
export class HttpGate {
  /** Requests that came, over all. */
  requests = 0;
  /** Requests that were answered in the target's place, over all. */
  refused = 0;
  private status = 0;
  private refusalsLeft = 0;
  private delayMs = 0;
  private server: Server | undefined;

  constructor(
    readonly port: number,
    private readonly target: URL,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  open(): Promise<void> {
    if (this.server) return Promise.resolve();
    this.server = createServer((incoming, answer) => {
      void this.handle(incoming, answer);
    });
    return new Promise((opened) => this.server?.listen(this.port, '127.0.0.1', opened));
  }

  /** Refuses connections until it is opened again. */
  close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    return new Promise((closed) => {
      if (!server) {
        closed();
        return;
      }
      server.close(() => {
        closed();
      });
      server.closeAllConnections();
    });
  }

  /** Answers `status` to the next `count` requests, 507 where a disk is full, say; the target never sees them. */
  refuse(status: number, count = Infinity): void {
    this.status = status;
    this.refusalsLeft = count;
  }

  slow(delayMs: number): void {
    this.delayMs = delayMs;
  }

  heal(): void {
    this.refusalsLeft = 0;
    this.delayMs = 0;
  }

  private async handle(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    this.requests += 1;
    if (this.delayMs > 0) await sleep(this.delayMs);
    if (this.refusalsLeft <= 0) {
      this.forward(incoming, answer);
      return;
    }
    this.refusalsLeft -= 1;
    this.refused += 1;
    incoming.resume();
    answer.writeHead(this.status).end();
  }

  /** Headers go through as they are: a signature covers the Host the client named. */
  private forward(incoming: IncomingMessage, answer: ServerResponse): void {
    const { hostname, port } = this.target;
    const { method, url, headers } = incoming;
    const onward = request({ hostname, port, method, path: url, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.rawHeaders);
      response.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    incoming.on('error', () => onward.destroy()).pipe(onward);
  }
}
