import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Knows which connections wait for an answer, so that a stopping server can close all others. Node's own
 * closeIdleConnections leaves those open that never sent a request or only a part of one, and nothing ends them:
 * https://github.com/nodejs/node/blob/v24.x/lib/_http_server.js (httpServerPreClose stops the timeouts).
 */
export class OpenConnections {
  private readonly unanswered = new Map<Socket, number>();

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.unanswered.set(socket, 0);
      socket.once('close', () => this.unanswered.delete(socket));
    });
  }

  asked(socket: Socket): void {
    this.count(socket, 1);
  }

  answered(socket: Socket): void {
    this.count(socket, -1);
  }

  closeUnused(): void {
    for (const [socket, requests] of this.unanswered) if (requests === 0) socket.destroy();
  }

  private count(socket: Socket, change: number): void {
    const requests = this.unanswered.get(socket);
    if (requests !== undefined) this.unanswered.set(socket, requests + change);
  }
}
