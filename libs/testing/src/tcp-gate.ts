import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What slows bytes on their way; nothing while a field is left out. */
export interface GateDelays {
  /** Each piece of an answer comes this much later. */
  readonly answerDelayMs?: number;
  readonly requestBytesPerSecond?: number;
}

/** One connection through the gate. */
interface Passage {
  readonly near: Socket;
  readonly far: Socket;
  /** Since the last answer. */
  requestBytes: number;
}

/**
 * A port that leads to `target` while it is open, and refuses connections while it is closed. While open it can be
 * slow, let nothing through, or cut connections between a request and its answer.
 */
export class TcpGate {
  connections = 0;
  /** Bytes of requests that went through so far. */
  requestBytes = 0;
  /** Answers that are still to be cut off. */
  cutsLeft = 0;
  private delays: GateDelays = {};
  private minRequestBytes = 0;
  private held: PromiseWithResolvers<void> | undefined;
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  constructor(
    readonly port: number,
    private readonly target: { readonly host: string; readonly port: number },
  ) {}

  open(): Promise<void> {
    if (this.server) return Promise.resolve();
    this.server = createServer((near) => {
      this.lead(near);
    });
    return new Promise((opened) => this.server?.listen(this.port, '127.0.0.1', opened));
  }

  close(): Promise<void> {
    this.heal();
    for (const socket of this.sockets) socket.destroy();
    const { server } = this;
    this.server = undefined;
    return new Promise((closed) => {
      if (!server) closed();
      else
        server.close(() => {
          closed();
        });
    });
  }

  slow(delays: GateDelays): void {
    this.delays = delays;
  }

  /** Nothing comes through in either direction, connections stay; what waits comes through when it is healed. */
  hold(): void {
    this.held ??= Promise.withResolvers();
  }

  /**
   * Drops the next `count` answers to requests of at least `minRequestBytes` and their connections with them: the
   * target has done what was asked, and whoever asked never learns it.
   */
  cutAnswers(count: number, minRequestBytes: number): void {
    this.cutsLeft = count;
    this.minRequestBytes = minRequestBytes;
  }

  heal(): void {
    this.delays = {};
    this.cutsLeft = 0;
    this.held?.resolve();
    this.held = undefined;
  }

  private lead(near: Socket): void {
    this.connections += 1;
    const passage: Passage = { near, far: connect(this.target), requestBytes: 0 };
    for (const socket of [passage.near, passage.far]) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
    }
    void this.pump(passage.near, passage.far, (bytes) => this.passRequest(passage, bytes));
    void this.pump(passage.far, passage.near, () => this.passAnswer(passage));
  }

  private async pump(from: Socket, to: Socket, pass: (bytes: Buffer) => Promise<boolean>): Promise<void> {
    try {
      for await (const bytes of from as AsyncIterable<Buffer>) {
        if (!(await pass(bytes))) break;
        await new Promise((written) => to.write(bytes, written));
      }
      to.end();
    } catch {
      to.destroy();
    }
  }

  private async passRequest(passage: Passage, { length }: Buffer): Promise<boolean> {
    const { requestBytesPerSecond } = this.delays;
    if (requestBytesPerSecond) await sleep((1_000 * length) / requestBytesPerSecond);
    await this.held?.promise;
    passage.requestBytes += length;
    this.requestBytes += length;
    return true;
  }

  private async passAnswer(passage: Passage): Promise<boolean> {
    const { answerDelayMs } = this.delays;
    if (answerDelayMs) await sleep(answerDelayMs);
    await this.held?.promise;
    const isCut = this.cutsLeft > 0 && passage.requestBytes >= this.minRequestBytes;
    passage.requestBytes = 0;
    if (!isCut) return true;
    this.cutsLeft -= 1;
    passage.near.destroy();
    passage.far.destroy();
    return false;
  }
}
