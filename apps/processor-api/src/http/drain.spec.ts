import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { drainRest } from './drain';

const MIB = 1024 * 1024;
const REFUSED = 'refused';

describe(drainRest.name, () => {
  let server: Server;

  beforeAll(async () => {
    server = createServer((request, response) => {
      response.writeHead(401, { 'content-length': REFUSED.length }).end(REFUSED);
      drainRest(request);
    });
    server.on('clientError', (_error, socket) => socket.destroy());
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(() => server.close());

  function open(): Socket {
    const { port } = server.address() as AddressInfo;
    return connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => undefined);
  }

  async function write(socket: Socket, bytes: string | Buffer): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      socket.write(bytes, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  const head = (version: string, headers: string): string =>
    `POST / HTTP/${version}\r\nHost: here\r\n${headers}\r\n\r\n`;
  const withLength = (bytes: number): string => `Connection: close\r\nContent-Length: ${bytes}`;

  /** What a client sees that writes all of `bytes` before it reads, until the server closes the connection. */
  async function answerTo(start: string, bytes: number, end = ''): Promise<string> {
    const socket = open();
    await write(socket, start);
    for (let written = 0; written < bytes; written += MIB) await write(socket, Buffer.alloc(MIB, ' '));
    if (end !== '') await write(socket, end);
    let text = '';
    socket.setEncoding('latin1').on('data', (piece: string) => (text += piece));
    await once(socket, 'end');
    socket.destroy();
    return text;
  }

  describe.each([5, 15])('a client that writes %i MiB before it reads', (size) => {
    const bytes = size * MIB;

    it.each([
      ['HTTP/1.0', head('1.0', `Content-Length: ${bytes}`)],
      ['HTTP/1.0 that asks to keep the connection and then to close it', head('1.0', withLength(bytes))],
      ['HTTP/1.1 with Connection: close', head('1.1', withLength(bytes))],
    ])('sees the answer over %s, and then the end', async (_name, start) => {
      expect(await answerTo(start, bytes)).toMatch(/^HTTP\/1\.1 401 [^]*\r\n\r\nrefused$/);
    });

    it('sees the answer where the body comes in chunks', async () => {
      const start =
        head('1.1', 'Connection: close\r\nTransfer-Encoding: chunked') + `${bytes.toString(16)}\r\n`;
      expect(await answerTo(start, bytes, '\r\n0\r\n\r\n')).toMatch(/^HTTP\/1\.1 401 [^]*refused$/);
    });
  });

  it('closes the connection of a client that goes on past 16 MiB', async () => {
    await expect(answerTo(head('1.1', withLength(64 * MIB)), 64 * MIB)).rejects.toThrow(/EPIPE|ECONNRESET/);
  });

  it('closes the connection at once where the client ends it inside the body', async () => {
    const socket = open().resume();
    socket.end(head('1.1', withLength(MIB)));
    await once(socket, 'close');
  });

  it('keeps the connection for a next request where the refused one keeps it', async () => {
    const socket = open();
    await write(socket, head('1.1', `Content-Length: ${MIB}`));
    await write(socket, Buffer.alloc(MIB));
    const [first] = (await once(socket, 'data')) as [Buffer];
    await write(socket, head('1.1', withLength(0)));
    const [second] = (await once(socket, 'data')) as [Buffer];
    expect([first, second].map(String)).toEqual([
      expect.stringContaining('refused'),
      expect.stringContaining('refused'),
    ]);
    await once(socket.resume(), 'end');
    socket.destroy();
  });
});
