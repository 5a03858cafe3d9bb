import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** So many more than allowed may be open for as long as it takes to refuse their requests with an answer. */
const REFUSABLE_CONNECTIONS = 64;

interface BusyConnection {
  readonly socket: Socket;
  requests: number;
}

/**
 * Knows which connections wait for an answer. A full server makes room by closing the connection that has been
 * without a request for longest: whoever only holds connections open keeps nobody out. A stopping server closes all
 * of those; Node's own closeIdleConnections leaves open what never sent a request or only a part of one, and nothing
 * ends them: https://github.com/nodejs/node/blob/v24.x/lib/_http_server.js (httpServerPreClose stops the timeouts).
 */
export class OpenConnections {
  /** By peer, because a request over TLS knows another socket than the server; longest without a request first. */
  private readonly idle = new Map<string, Socket>();
  private readonly busy = new Map<string, BusyConnection>();
  /** Those that are to end with their next answer. */
  private readonly retired = new Set<string>();

  constructor(
    server: Server,
    private readonly maxConnections: number,
  ) {
    server.maxConnections = maxConnections + REFUSABLE_CONNECTIONS;
    server.on('connection', (socket: Socket) => {
      const peer = peerOf(socket);
      this.idle.set(peer, socket);
      socket.once('close', () => {
        this.idle.delete(peer);
        this.busy.delete(peer);
        this.retired.delete(peer);
      });
      if (this.count > maxConnections) this.closeLongestIdle(peer);
    });
  }

  get count(): number {
    return this.idle.size + this.busy.size;
  }

  /** Notes a request; false where the server is full of connections that wait for answers. */
  asked(socket: Socket): boolean {
    const peer = peerOf(socket);
    const busy = this.busy.get(peer);
    const idle = this.idle.get(peer);
    if (busy) {
      busy.requests += 1;
    } else if (idle) {
      this.idle.delete(peer);
      this.busy.set(peer, { socket: idle, requests: 1 });
    }
    return this.busy.size <= this.maxConnections;
  }

  answered(socket: Socket): void {
    const peer = peerOf(socket);
    const busy = this.busy.get(peer);
    if (!busy) return;
    busy.requests -= 1;
    if (busy.requests > 0) return;
    this.busy.delete(peer);
    this.idle.set(peer, busy.socket);
  }

  /** Every connection that is open now is to end with its next answer. */
  retireAll(): void {
    for (const peer of [...this.idle.keys(), ...this.busy.keys()]) this.retired.add(peer);
  }

  isRetired(socket: Socket): boolean {
    return this.retired.size > 0 && this.retired.has(peerOf(socket));
  }

  closeUnused(): void {
    for (const socket of this.idle.values()) socket.destroy();
  }

  private closeLongestIdle(except: string): void {
    for (const [peer, socket] of this.idle) {
      if (peer === except) continue;
      socket.destroy();
      return;
    }
  }
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress ?? ''} ${socket.remotePort ?? ''}`;
}
