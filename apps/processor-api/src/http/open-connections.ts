import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** A connection without a request may have one on its way: for so long it is answered 503, not reset. */
const LINGER_MS = 250;

interface BusyConnection {
  readonly socket: Socket;
  requests: number;
}

/**
 * Knows which connections wait for an answer. A full server makes room by closing the connection that has been
 * without a request for longest: whoever only holds connections open keeps nobody out. It takes in all the same
 * whoever comes, because a connection that is not taken in gets no answer at all. A stopping server closes all
 * without a request; Node's own closeIdleConnections leaves open what never sent one or only a part of it, and nothing
 * ends those: https://github.com/nodejs/node/blob/v24.x/lib/_http_server.js (httpServerPreClose stops the timeouts).
 */
export class OpenConnections {
  /** By peer, because a request over TLS knows another socket than the server; longest without a request first. */
  private readonly idle = new Map<string, Socket>();
  private readonly busy = new Map<string, BusyConnection>();
  /** Those that are closed to make room. */
  private readonly leaving = new Map<string, Socket>();
  /** Those that are to end with their next answer. */
  private readonly retired = new Set<string>();

  constructor(
    server: Server,
    private readonly maxConnections: number,
  ) {
    server.on('connection', (socket: Socket) => {
      const peer = peerOf(socket);
      this.idle.set(peer, socket);
      socket.once('close', () => {
        this.idle.delete(peer);
        this.busy.delete(peer);
        this.leaving.delete(peer);
        this.retired.delete(peer);
      });
      if (this.idle.size + this.busy.size > maxConnections) this.closeLongestIdle(peer);
    });
  }

  get count(): number {
    return this.idle.size + this.busy.size + this.leaving.size;
  }

  /** Notes a request; false where the server has no room for its connection, which ends with the answer. */
  asked(socket: Socket): boolean {
    const peer = peerOf(socket);
    const busy = this.busy.get(peer);
    const waiting = this.idle.get(peer) ?? this.leaving.get(peer);
    const isLeaving = this.leaving.delete(peer);
    if (busy) {
      busy.requests += 1;
    } else if (waiting) {
      this.idle.delete(peer);
      this.busy.set(peer, { socket: waiting, requests: 1 });
    }
    const hasRoom = !isLeaving && this.busy.size <= this.maxConnections;
    if (!hasRoom) this.retired.add(peer);
    return hasRoom;
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

  /** Closes every connection without a request, once what was on its way is here. */
  async closeUnused(): Promise<void> {
    await new Promise<void>(linger);
    for (const socket of [...this.idle.values(), ...this.leaving.values()]) socket.destroy();
  }

  private closeLongestIdle(except: string): void {
    for (const [peer, socket] of this.idle) {
      if (peer === except) continue;
      this.idle.delete(peer);
      this.leaving.set(peer, socket);
      linger(() => {
        if (this.leaving.get(peer) === socket) socket.destroy();
      });
      return;
    }
  }
}

/** A busy process may have much to read when the time is over: in one more turn it has read it. */
function linger(done: () => void): void {
  setTimeout(() => setImmediate(done), LINGER_MS);
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress ?? ''} ${socket.remotePort ?? ''}`;
}
