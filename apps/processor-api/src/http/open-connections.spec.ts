import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { OpenConnections } from './open-connections';

class FakeSocket extends EventEmitter {
  isDestroyed = false;
  /** As `net.Socket` has them. */
  bytesWritten = 0;
  writableLength = 0;
  readonly _handle = { writeQueueSize: 0 };

  constructor(
    readonly remotePort: number,
    readonly remoteAddress: string,
  ) {
    super();
  }

  destroy(): void {
    this.isDestroyed = true;
    this.emit('close');
  }

  /** Has an answer written, of which the kernel takes nothing yet. */
  write(bytes: number): void {
    this.bytesWritten += bytes;
    this.writableLength += bytes;
    this._handle.writeQueueSize += bytes;
  }

  /** Of one write `net.Socket` tells nothing until the kernel has all. */
  take(bytes: number): void {
    this._handle.writeQueueSize -= bytes;
    if (this._handle.writeQueueSize === 0) this.writableLength = 0;
  }

  /** What a request over TLS knows in the place of the server's socket: another object of the same peer. */
  readonly seenByRequest = new Proxy(this, {}) as unknown as Socket;
}

describe(OpenConnections.name, () => {
  let server: EventEmitter;
  let connections: OpenConnections;
  let nextPort: number;

  beforeEach(() => {
    jest.useFakeTimers();
    server = new EventEmitter();
    connections = new OpenConnections(server as unknown as Server, {
      maxConnections: 2,
      maxConnectionsPerAddress: Infinity,
      answerIdleTimeoutMs: 30_000,
    });
    nextPort = 1_000;
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  function connect(address = '192.0.2.1'): FakeSocket {
    const socket = new FakeSocket(nextPort++, address);
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

  it('closes an idle connection once others are answered, where none was idle when the last one came', async () => {
    const busy = [connect(), connect()];
    for (const { seenByRequest } of busy) connections.asked(seenByRequest);
    const last = connect();
    await linger();
    expect(last.isDestroyed).toBe(false);
    connections.answered(busy[0]!.seenByRequest);
    await linger();
    expect([last, ...busy].map(({ isDestroyed }) => isDestroyed)).toEqual([true, false, false]);
  });

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
    const sockets = Array.from({ length: 10 }, () => connect());
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

  describe('with clients that do not read', () => {
    /** Of 1,000 bytes, of which nothing was taken. */
    function stall(): FakeSocket {
      const socket = connect();
      ask(socket);
      socket.write(1_000);
      return socket;
    }

    it('closes a connection whose client took nothing of its answer for as long as it may', async () => {
      const [stalled, waiting] = [stall(), connect()];
      ask(waiting);
      await jest.advanceTimersByTimeAsync(29_000);
      expect(destroyed(stalled)).toEqual([false]);
      await jest.advanceTimersByTimeAsync(2_000);
      expect(destroyed(stalled, waiting)).toEqual([true, false]);
    });

    it('leaves open whatever moves, however slowly', async () => {
      const slow = stall();
      for (let round = 0; round < 10; round++) {
        await jest.advanceTimersByTimeAsync(25_000);
        slow.take(1);
      }
      expect(destroyed(slow)).toEqual([false]);
    });

    it('closes them before any other when one too many connects', async () => {
      const [idle, stalled] = [connect(), stall()];
      await jest.advanceTimersByTimeAsync(3_000);
      connect();
      await linger();
      expect(destroyed(idle, stalled)).toEqual([false, true]);
    });

    it('serves others in their place', async () => {
      const late = connect();
      const stalled = [stall(), stall()];
      expect(ask(late)).toBe(false);
      late.destroy();
      await jest.advanceTimersByTimeAsync(3_000);
      expect(ask(connect())).toBe(true);
      expect(destroyed(...stalled)).toContain(true);
    });

    it('gives them two seconds once it stops', async () => {
      const [stalled, slow] = [stall(), stall()];
      await closeUnused();
      expect(destroyed(stalled, slow)).toEqual([false, false]);
      slow.take(1);
      await jest.advanceTimersByTimeAsync(2_000);
      expect(destroyed(stalled, slow)).toEqual([true, false]);
    });
  });

  it('closes the connection that pipelines one request too many, of all connections together', () => {
    const [one, two] = [connect(), connect()];
    for (let request = 0; request <= 16_000; request++) ask(one);
    for (let request = 0; request <= 384; request++) ask(two);
    expect(destroyed(one, two)).toEqual([false, false]);
    ask(two);
    expect(destroyed(one, two)).toEqual([false, true]);
    answer(one);
    const three = connect();
    for (let request = 0; request <= 385; request++) ask(three);
    expect(destroyed(one, three)).toEqual([false, false]);
  });

  describe('with a limit for each address', () => {
    beforeEach(() => {
      server = new EventEmitter();
      connections = new OpenConnections(server as unknown as Server, {
        maxConnections: 100,
        maxConnectionsPerAddress: 2,
        answerIdleTimeoutMs: 30_000,
      });
    });

    it('closes the connection of the address that has been idle for longest', async () => {
      const other = connect('192.0.2.2');
      const [one, two, three] = [connect(), connect(), connect()];
      await linger();
      expect(destroyed(other, one, two, three)).toEqual([false, true, false, false]);
    });

    it('refuses one too many where all others of the address wait for answers', () => {
      const busy = [connect(), connect()];
      busy.map(ask);
      const [late, other] = [connect(), connect('192.0.2.2')];
      expect([ask(late), connections.isRetired(late.seenByRequest), ask(other)]).toEqual([false, true, true]);
      late.destroy();
      busy[0]!.destroy();
      expect(ask(connect())).toBe(true);
    });

    it.each([
      ['an IPv6 network of 64 bits for one address', '2001:db8::1', '2001:db8::2', true],
      ['another network for another', '2001:db8::1', '2001:db8:0:1::1', false],
      ['an IPv4-mapped address for the same as IPv4', '::ffff:192.0.2.1', '192.0.2.1', true],
    ])('takes %s', async (_what, one, other, isClosed) => {
      const first = connect(one);
      connect(other);
      connect(other);
      await linger();
      expect(destroyed(first)).toEqual([isClosed]);
    });
  });
});
