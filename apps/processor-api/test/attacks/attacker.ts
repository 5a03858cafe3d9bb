import { connect, type Socket } from 'node:net';

const DEADLINE_MS = 30_000;

/** What a server did with what was written to one connection. */
export interface Reaction {
  /** Statuses of all answers, in order. */
  readonly statuses: readonly number[];
  /** All that came back. */
  readonly text: string;
}

/**
 * Writes all pieces to a connection of its own, as far as the server takes them, and waits until the server closes it.
 * Rejects when it is still open after 30 s.
 */
export function writeUntilClosed(
  port: number,
  pieces: Iterable<string | Buffer> | AsyncIterable<string | Buffer>,
): Promise<Reaction> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let text = '';
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`the connection is still open; received: ${text.slice(0, 500)}`));
    }, DEADLINE_MS);
    socket.setEncoding('latin1').on('data', (piece: string) => (text += piece));
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve({ statuses: statusesIn(text), text });
    });
    void writeAll(socket, pieces);
  });
}

async function writeAll(
  socket: Socket,
  pieces: Iterable<string | Buffer> | AsyncIterable<string | Buffer>,
): Promise<void> {
  for await (const piece of pieces) {
    if (socket.destroyed) return;
    // A write that the kernel takes at once would leave no turn in which an answer could be read.
    await new Promise((next) => {
      socket.write(piece, () => setImmediate(next));
    });
  }
}

function statusesIn(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
