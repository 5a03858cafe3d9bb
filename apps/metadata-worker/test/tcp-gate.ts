import { connect, createServer, type Server, type Socket } from 'node:net';

/** A port that leads to `target` while it is open, and refuses connections while it is closed. */
export class TcpGate {
  connections = 0;
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;

  constructor(
    readonly port: number,
    private readonly target: { readonly host: string; readonly port: number },
  ) {}

  open(): Promise<void> {
    this.server = createServer((near) => {
      this.connections += 1;
      const far = connect(this.target);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(from);
        from
          .on('error', () => to.destroy())
          .on('close', () => to.destroy())
          .pipe(to);
      }
    });
    return new Promise((opened) => this.server?.listen(this.port, '127.0.0.1', opened));
  }

  close(): Promise<void> {
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
}
