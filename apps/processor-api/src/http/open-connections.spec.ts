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
  let server: EventEmitter;
  let connections: OpenConnections;
  let nextPort: number;

  beforeEach(() => {
    jest.useFakeTimers();
    server = new EventEmitter();
    connections = new OpenConnections(server as unknown as Server, 2);
    nextPort = 1_000;
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  function connect(): FakeSocket {
    const socket = new FakeSocket(nextPort++);
    server.emit('connection', socket);
    return socket;
  }

  /** Past all that connections are kept open for. */
  const linger = (): Promise<void> => jest.advanceTimersByTimeAsync(1_000);
  const closeUnused = async (): Promise<void> => {
    const closed = connections.closeUnused();
    await linger();
    await closed;
  };
  const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
  const ask = (socket: FakeSocket): boolean => connections.asked(socket.seenByRequest);
  const answer = (socket: FakeSocket): void => {
    connections.answered(socket.seenByRequest);
  };
  const destroyed = (...sockets: FakeSocket[]): boolean[] => sockets.map(({ isDestroyed }) => isDestroyed);

  it('counts connections in use and idle ones until they close', () => {
    const [one, two] = [connect(), connect()];
    ask(one);
    expect(connections.count).toBe(2);
    one.destroy();
    two.destroy();
    expect(connections.count).toBe(0);
  });

  it('closes the connection that has been idle for longest when one too many opens, after a while', async () => {
    const [one, two] = [connect(), connect()];
    ask(one);
    answer(one);
    const three = connect();
    expect(connections.count).toBe(3);
    await linger();
    expect(destroyed(one, two, three)).toEqual([false, true, false]);
    expect(connections.count).toBe(2);
  });

  it('refuses what was on its way on a connection that it closes, and has it end with that answer', async () => {
    const [one] = [connect(), connect(), connect()];
    expect([ask(one), connections.isRetired(one.seenByRequest)]).toEqual([false, true]);
    await linger();
    expect(destroyed(one)).toEqual([false]);
  });

  it('closes as many as there are too many, each once', async () => {
    const sockets = Array.from({ length: 10 }, connect);
    await linger();
    expect(sockets.map(({ isDestroyed }) => isDestroyed)).toEqual([...times(8, true), ...times(2, false)]);
  });

  it('closes none that waits for an answer, and refuses the request of one too many', async () => {
    const [one, two] = [connect(), connect()];
    expect([ask(one), ask(two)]).toEqual([true, true]);
    const three = connect();
    await linger();
    expect(destroyed(one, two, three)).toEqual([false, false, false]);
    expect([ask(three), connections.isRetired(three.seenByRequest)]).toEqual([false, true]);
    three.destroy();
    answer(one);
    expect(ask(connect())).toBe(true);
  });

  it('takes a connection for busy until its last pipelined request is answered', async () => {
    const [one, two] = [connect(), connect()];
    ask(one);
    ask(one);
    answer(one);
    await closeUnused();
    expect(destroyed(one, two)).toEqual([false, true]);
    answer(one);
    await closeUnused();
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
