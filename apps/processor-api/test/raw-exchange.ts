import { connect, type Socket } from 'node:net';

const DEADLINE_MS = 15_000;

/** An answer with its body: as a problem too where it is JSON. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  readonly problem: unknown;
  readonly ms: number;
}

/**
 * Writes everything before it looks at the answer, as a blocking client does: rejects when the server resets
 * the connection before that, or sends no answer. Leaves its side of the connection open.
 */
export function writeThenRead(
  port: number,
  pieces: readonly (string | Buffer)[],
  open: (port: number) => Socket = openPlain,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const socket = open(port);
    const received: Buffer[] = [];
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      socket.destroy();
      end();
    };
    const fail = (reason: string): void => {
      settle(() => {
        reject(new Error(`${reason}; received: ${Buffer.concat(received).toString('latin1', 0, 500)}`));
      });
    };
    const timer = setTimeout(fail, DEADLINE_MS, 'no whole answer in time');
    socket.on('error', (error) => {
      fail(error.message);
    });
    const read = (): void => {
      socket.on('data', (piece) => {
        received.push(piece);
        const answer = parseAnswer(Buffer.concat(received), performance.now() - startedAt);
        if (answer)
          settle(() => {
            resolve(answer);
          });
      });
      socket.on('end', () => {
        fail('the connection ended early');
      });
    };
    writeAll();

    function writeAll(index = 0): void {
      const piece = pieces[index];
      if (piece === undefined) read();
      else
        socket.write(piece, (error) => {
          if (!error) writeAll(index + 1);
        });
    }
  });
}

function openPlain(port: number): Socket {
  return connect({ port, host: '127.0.0.1' });
}

/** What comes back, until the server closes, to a client that ends its own side once it has written `text`. */
export async function writeThenEnd(socket: Socket, text: string): Promise<string> {
  let received = '';
  socket.allowHalfOpen = true;
  socket.setEncoding('utf8').on('data', (piece: string) => (received += piece));
  socket.setTimeout(DEADLINE_MS, () => socket.destroy(new Error(`still open; received: ${received}`)));
  await new Promise<void>((resolve, reject) => {
    socket.once('end', resolve).once('error', reject).end(text);
  });
  socket.destroy();
  return received;
}

/** The first whole answer, which ends where its Content-Length says. */
function parseAnswer(bytes: Buffer, ms: number): RawAnswer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const headers = new Map(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  const end = headEnd + 4 + Number(headers.get('content-length') ?? 0);
  if (bytes.length < end) return undefined;
  const text = bytes.toString('utf8', headEnd + 4, end);
  const contentType = headers.get('content-type');
  return {
    status: Number(statusLine.split(' ')[1]),
    contentType,
    headers,
    text,
    problem: contentType === 'application/problem+json' ? JSON.parse(text) : undefined,
    ms,
  };
}
