import { once } from 'node:events';
import { createServer, type AddressInfo, type ListenOptions, type Server } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** More than any kernel allows: each cuts it to its own most (Linux: net.core.somaxconn). */
const BACKLOG = 65_535;
/**
 * Node accepts one connection of each socket in a turn of its loop (https://github.com/libuv/libuv/pull/3696), and in
 * that turn it serves all clients that it has. Of 1,000 clients that came while 1,000 others posted without pause, half
 * had no answer within 10 s on one socket; on 64 each had one within 3 s. Linux spreads new connections over the sockets
 * that share a port; some other systems refuse to share one.
 */
const SOCKETS = process.platform === 'linux' ? 64 : 1;

export interface ListenAddress {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** Listens on several sockets; `onError` is told when one cannot accept a connection. */
export async function listen(
  app: NestFastifyApplication,
  address: ListenAddress,
  onError: (error: Error) => void,
): Promise<void> {
  const server = app.getHttpServer() as Server;
  const fastify = app.getHttpAdapter().getInstance();
  const others: Server[] = [];
  let closed: Promise<unknown> = Promise.resolve();
  // Those of `server` itself are Fastify's to close, between these two.
  fastify.addHook('preClose', (done) => {
    closed = Promise.all(others.map((other) => new Promise((next) => other.close(next))));
    done();
  });
  fastify.addHook('onClose', async () => {
    await closed;
  });

  const options = { ...(await claim(address)), backlog: BACKLOG, reusePort: SOCKETS > 1 };
  await app.listen(options);
  server.on('error', onError);
  while (others.length < SOCKETS - 1) {
    const other = await open(acceptorOf(server), options);
    others.push(other.on('error', onError));
  }
}

/** Fails where somebody else listens: two processes that share their ports would both start, and neither know. */
async function claim({ host, port }: ListenAddress): Promise<ListenAddress> {
  const server = await open(createServer(), { host, port });
  const claimed = (server.address() as AddressInfo).port;
  server.close();
  await once(server, 'close');
  return { host, port: claimed };
}

/** Accepts connections for `server`, which has them as if it had accepted them. */
function acceptorOf(server: Server): Server {
  const { allowHalfOpen } = server as Server & { readonly allowHalfOpen: boolean };
  return createServer({ allowHalfOpen, noDelay: true }, (socket) => server.emit('connection', socket));
}

async function open(server: Server, options: ListenOptions): Promise<Server> {
  server.listen(options);
  await once(server, 'listening');
  return server;
}
