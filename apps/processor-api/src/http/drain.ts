import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';

const DRAIN_MAX_BYTES = 16 * 1024 * 1024;
const DRAIN_MAX_MS = 2_000;
/** On loopback 64 MiB pass in 60 ms. */
const DRAIN_CHECK_MS = 5;

const draining = new WeakSet<Socket>();

/**
 * Reads and drops what is left of a refused body, so that a client that still writes sees the answer instead of
 * a broken pipe; closes the connection when more than 16 MiB or 2 s would be needed.
 */
export function drainRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const { socket } = request;
  draining.add(socket);
  // What Node calls behind the last answer of a connection; to close it now would reset it under the client's writes.
  socket.destroySoon = () => socket.end();
  request.once('end', () => {
    draining.delete(socket);
    Reflect.deleteProperty(socket, 'destroySoon');
    if (socket.writableEnded) socket.destroySoon();
  });
  limitDrain(socket, () => request.complete);
  request.resume();
}

/** True while what comes on `socket` belongs to a request that was answered: nobody waits for a second answer. */
export function isDraining(socket: Socket): boolean {
  return draining.has(socket);
}

/** The same for a connection that Node goes on reading although nothing on it can be understood any more. */
export function drainSocket(socket: Socket): void {
  limitDrain(socket, () => false);
}

function limitDrain(socket: Socket, isDone: () => boolean): void {
  const startBytes = socket.bytesRead;
  const startedAt = performance.now();
  const watchdog = setInterval(() => {
    const isOver =
      socket.bytesRead - startBytes > DRAIN_MAX_BYTES || performance.now() - startedAt > DRAIN_MAX_MS;
    if (isDone() || socket.destroyed) clearInterval(watchdog);
    else if (isOver) socket.destroy();
  }, DRAIN_CHECK_MS);
}
