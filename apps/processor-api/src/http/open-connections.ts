import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf, peerAddressOf } from '@libs/platform';

/** A connection without a request may have one on its way: for so long it is answered 503, not reset. */
const LINGER_MS = 250;
/**
 * Requests behind the one that is answered next, of all connections together. Each takes about 5 KiB, and one read of
 * Node brings up to 64 KiB of them: 200 connections with 1,500 each, whose clients read nothing, took 1.3 GiB.
 */
const MAX_PIPELINED_REQUESTS = 16_384;
const CHECK_ANSWERS_MS = 500;
/** A client that takes nothing of its answer for so long loses its place to others, or at shutdown. */
const STALLED_AFTER_MS = 2_000;

export interface ConnectionLimits {
  readonly maxConnections: number;
  /** Infinity: no limit. */
  readonly maxConnectionsPerAddress: number;
  /** Longest pause of a client that reads an answer. */
  readonly answerIdleTimeoutMs: number;
}

interface BusyConnection {
  readonly socket: Socket;
  /** What answers are written to: over TLS another socket than the server's. */
  readonly answers: Socket;
  requests: number;
  /** What the client has taken, at the last look; undefined where nothing waits for it. */
  takenBytes: number | undefined;
  /** Since when it is the same, by `performance.now()`. */
  takenSinceMs: number;
}

/**
 * Knows which connections wait for an answer. A full server makes room by closing one whose client does not read its
 * answer, or else the one that has been without a request for longest: whoever only holds connections open keeps nobody
 * out. It takes in all the same whoever comes, because a connection that is not taken in gets no answer at all. An
 * address that has too many makes room by closing its own. A stopping server closes all without a request; Node's own
 * closeIdleConnections leaves open what never sent one or only a part of it, and nothing ends those:
 * https://github.com/nodejs/node/blob/v24.x/lib/_http_server.js (httpServerPreClose stops the timeouts).
 */
export class OpenConnections {
  /** By peer, because a request over TLS knows another socket than the server; longest without a request first. */
  private readonly idle = new Map<string, Socket>();
  private readonly busy = new Map<string, BusyConnection>();
  /** Those that are closed to make room. */
  private readonly leaving = new Map<string, Socket>();
  /** Those that are to end with their next answer. */
  private readonly retired = new Set<string>();
  private readonly countByNetwork = new Map<string, number>();
  private pipelinedRequests = 0;
  private isStopping = false;

  constructor(
    server: Server,
    private readonly limits: ConnectionLimits,
  ) {
    server.on('connection', (socket: Socket) => {
      this.open(socket);
    });
    // Also once the server is closed: those that it accepted through other sockets (listen.ts) may be open then.
    setInterval(() => {
      this.checkAnswers();
    }, CHECK_ANSWERS_MS).unref();
  }

  get count(): number {
    return this.idle.size + this.busy.size + this.leaving.size;
  }

  private get isOverfull(): boolean {
    return this.idle.size + this.busy.size > this.limits.maxConnections;
  }

  /** Notes a request; false where there is no room for its connection, which ends with the answer. */
  asked(socket: Socket): boolean {
    const peer = peerOf(socket);
    const busy = this.busy.get(peer);
    const waiting = this.idle.get(peer) ?? this.leaving.get(peer);
    const isLeaving = this.leaving.delete(peer);
    if (busy) {
      busy.requests += 1;
      this.pipelinedRequests += 1;
      if (this.pipelinedRequests > MAX_PIPELINED_REQUESTS) socket.destroy();
    } else if (waiting) {
      this.idle.delete(peer);
      this.busy.set(peer, {
        socket: waiting,
        answers: socket,
        requests: 1,
        takenBytes: undefined,
        takenSinceMs: 0,
      });
    }
    const hasRoom = !isLeaving && (this.busy.size <= this.limits.maxConnections || this.closeStalled());
    if (!hasRoom) this.retired.add(peer);
    return hasRoom;
  }

  answered(socket: Socket): void {
    const peer = peerOf(socket);
    const busy = this.busy.get(peer);
    if (!busy) return;
    busy.requests -= 1;
    if (busy.requests > 0) {
      this.pipelinedRequests -= 1;
      return;
    }
    this.busy.delete(peer);
    this.idle.set(peer, busy.socket);
    // None was idle when the last ones came.
    if (this.isOverfull) this.closeIdle();
  }

  /** Every connection that is open now is to end with its next answer. */
  retireAll(): void {
    for (const peer of [...this.idle.keys(), ...this.busy.keys()]) this.retired.add(peer);
  }

  isRetired(socket: Socket): boolean {
    return this.retired.size > 0 && this.retired.has(peerOf(socket));
  }

  /**
   * For a server that stops: closes every connection without a request, once what was on its way is here, and from now on
   * soon those whose clients do not read.
   */
  async closeUnused(): Promise<void> {
    this.isStopping = true;
    await new Promise<void>(linger);
    for (const socket of [...this.idle.values(), ...this.leaving.values()]) socket.destroy();
  }

  private open(socket: Socket): void {
    const peer = peerOf(socket);
    const network = networkOf(peerAddressOf(socket));
    const ofNetwork = this.countNetwork(network, 1);
    this.idle.set(peer, socket);
    socket.once('close', () => {
      this.pipelinedRequests -= (this.busy.get(peer)?.requests ?? 1) - 1;
      this.idle.delete(peer);
      this.busy.delete(peer);
      this.leaving.delete(peer);
      this.retired.delete(peer);
      this.countNetwork(network, -1);
    });
    if (ofNetwork > this.limits.maxConnectionsPerAddress) this.closeOneOf(network, peer);
    else if (this.isOverfull && !this.closeStalled()) this.closeIdle(peer);
  }

  private countNetwork(network: string, change: 1 | -1): number {
    const count = (this.countByNetwork.get(network) ?? 0) + change;
    if (count > 0) this.countByNetwork.set(network, count);
    else this.countByNetwork.delete(network);
    return count;
  }

  /** Closes a connection of this network: the newest itself where all others wait for answers. */
  private closeOneOf(network: string, newest: string): void {
    const isOfNetwork = (socket: Socket): boolean => networkOf(peerAddressOf(socket)) === network;
    if (!this.closeIdle(newest, isOfNetwork)) this.leave(newest, this.idle.get(newest)!);
  }

  /** Closes the one that has been idle for longest of those that `mayClose`. */
  private closeIdle(except?: string, mayClose: (socket: Socket) => boolean = () => true): boolean {
    for (const [peer, socket] of this.idle) {
      if (peer === except || !mayClose(socket)) continue;
      this.leave(peer, socket);
      return true;
    }
    return false;
  }

  private leave(peer: string, socket: Socket): void {
    this.idle.delete(peer);
    this.leaving.set(peer, socket);
    linger(() => {
      if (this.leaving.get(peer) === socket) socket.destroy();
    });
  }

  /** Looks how far clients are with their answers, and closes the connections of those that stopped reading. */
  private checkAnswers(): void {
    const nowMs = performance.now();
    const limitMs = this.isStopping ? STALLED_AFTER_MS : this.limits.answerIdleTimeoutMs;
    for (const connection of this.busy.values()) {
      const takenBytes = takenBytesOf(connection.answers);
      if (takenBytes === undefined || takenBytes !== connection.takenBytes) {
        connection.takenBytes = takenBytes;
        connection.takenSinceMs = nowMs;
      } else if (nowMs - connection.takenSinceMs >= limitMs) {
        connection.answers.destroy();
      }
    }
  }

  private closeStalled(): boolean {
    const latestMs = performance.now() - STALLED_AFTER_MS;
    for (const { answers, takenBytes, takenSinceMs } of this.busy.values()) {
      if (takenBytes === undefined || takenSinceMs > latestMs || answers.destroyed) continue;
      answers.destroy();
      return true;
    }
    return false;
  }
}

/** A busy process may have much to read when the time is over: in one more turn it has read it. */
function linger(done: () => void): void {
  setTimeout(() => setImmediate(done), LINGER_MS);
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress ?? ''} ${socket.remotePort ?? ''}`;
}

/**
 * What the kernel has taken for the client; undefined where nothing waits for it. Of a large write `writableLength` counts
 * all until the kernel has all of it. Its progress is told only by the handle, where Node's own timeouts look for it too:
 * https://github.com/nodejs/node/blob/v24.x/lib/net.js (Socket.prototype._onTimeout).
 */
function takenBytesOf(socket: Socket): number | undefined {
  if (socket.writableLength === 0) return undefined;
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly writeQueueSize: number } };
  return socket.bytesWritten - socket.writableLength - (handle?.writeQueueSize ?? 0);
}
