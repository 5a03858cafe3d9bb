import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { OpenConnections } from './open-connections';

class FakeSocket extends EventEmitter {
  readonly remoteAddress = '192.0.2.1';
  isDestroyed = false;

  constructor(readonly remotePort: number) {
    super();
  }

  destroy(): void {
    this.isDestroyed = true;
    this.emit('close');
  }

  /** What a request over TLS knows in the place of the server's socket: another object of the same peer. */
  get seenByRequest(): Socket {
    return { remoteAddress: this.remoteAddress, remotePort: this.remotePort } as Socket;
  }
}

describe(OpenConnections.name, () => {
  let server: EventEmitter & { maxConnections?: number };
  let connections: OpenConnections;
  let nextPort: number;

  beforeEach(() => {
    server = new EventEmitter();
    connections = new OpenConnections(server as unknown as Server, 2);
    nextPort = 1_000;
  });

  function connect(): FakeSocket {
    const socket = new FakeSocket(nextPort++);
    server.emit('connection', socket);
    return socket;
  }

  const ask = (socket: FakeSocket): boolean => connections.asked(socket.seenByRequest);
  const answer = (socket: FakeSocket): void => {
    connections.answered(socket.seenByRequest);
  };
  const destroyed = (...sockets: FakeSocket[]): boolean[] => sockets.map(({ isDestroyed }) => isDestroyed);

  it('leaves the server room for connections whose requests it refuses with an answer', () => {
    expect(server.maxConnections).toBeGreaterThan(2);
  });

  it('counts connections in use and idle ones until they close', () => {
    const [one, two] = [connect(), connect()];
    ask(one);
    expect(connections.count).toBe(2);
    one.destroy();
    two.destroy();
    expect(connections.count).toBe(0);
  });

  it('closes the connection that has been idle for longest when one too many opens', () => {
    const [one, two] = [connect(), connect()];
    ask(one);
    answer(one);
    const three = connect();
    expect(destroyed(one, two, three)).toEqual([false, true, false]);
  });

  it('closes none that waits for an answer, and refuses the request of one too many', () => {
    const [one, two] = [connect(), connect()];
    expect([ask(one), ask(two)]).toEqual([true, true]);
    const three = connect();
    expect(destroyed(one, two, three)).toEqual([false, false, false]);
    expect(ask(three)).toBe(false);
    answer(one);
    expect(ask(three)).toBe(true);
  });

  it('takes a connection for busy until its last pipelined request is answered', () => {
    const [one, two] = [connect(), connect()];
    ask(one);
    ask(one);
    answer(one);
    connections.closeUnused();
    expect(destroyed(one, two)).toEqual([false, true]);
    answer(one);
    connections.closeUnused();
    expect(destroyed(one)).toEqual([true]);
  });

  it('has every connection that is open at the time end with its next answer, and no later one', () => {
    const [idle, busy] = [connect(), connect()];
    ask(busy);
    connections.retireAll();
    idle.destroy();
    const later = connect();
    const isRetired = (socket: FakeSocket): boolean => connections.isRetired(socket.seenByRequest);
    expect([idle, busy, later].map(isRetired)).toEqual([false, true, false]);
  });

  it('ignores an answer on a connection that is gone', () => {
    const one = connect();
    ask(one);
    one.destroy();
    answer(one);
    expect(connections.count).toBe(0);
  });
});
