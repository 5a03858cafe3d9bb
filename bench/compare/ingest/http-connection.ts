import { connect, type Socket } from 'node:net';

const headEnd = Buffer.from('\r\n\r\n');

/** One kept connection that sends a request once the last one is answered; cheaper than Node's own client. */
export class HttpConnection {
  private received: Buffer = Buffer.alloc(0);
  private waiting: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined;
  /** The last answer whole, for what went wrong. */
  lastAnswer: Buffer = Buffer.alloc(0);

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true).on('data', (piece: Buffer) => {
      this.take(piece);
    });
    socket.on('error', (error) => this.waiting?.reject(error));
    socket.on('close', () => this.waiting?.reject(new Error('the server closed the connection')));
  }

  static open(port: number): Promise<HttpConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('error', reject).once('connect', () => {
        resolve(new HttpConnection(socket));
      });
    });
  }

  /** Sends head and body in one write; resolves with the status. */
  send(request: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.waiting = undefined;
    this.socket.destroy();
  }

  private take(piece: Buffer): void {
    this.received = this.received.length === 0 ? piece : Buffer.concat([this.received, piece]);
    const end = this.endOfAnswer();
    if (end === undefined || end > this.received.length) return;
    this.lastAnswer = this.received.subarray(0, end);
    this.received = this.received.subarray(end);
    const status = Number(this.lastAnswer.toString('latin1', 9, 12));
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve(status);
  }

  private endOfAnswer(): number | undefined {
    const bodyAt = this.received.indexOf(headEnd) + headEnd.length;
    if (bodyAt < headEnd.length) return undefined;
    const head = this.received.toString('latin1', 0, bodyAt);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length !== undefined) return bodyAt + Number(length);
    const last = this.received.indexOf('\r\n0\r\n\r\n', bodyAt - 2);
    return last === -1 ? undefined : last + 7;
  }
}
