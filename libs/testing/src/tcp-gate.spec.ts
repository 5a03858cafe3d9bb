import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../tools/stack/port-holder';
import { TcpGate } from './tcp-gate';

describe(TcpGate.name, () => {
  let server: Server;
  let gate: TcpGate;
  const received: string[] = [];

  /** Sends `request` through the gate; answers what came back until `enough`, or until the connection ended. */
  const ask = async (request: string, enough = request.length): Promise<string> => {
    const socket = connect(gate.port, '127.0.0.1');
    socket.write(request);
    let answer = '';
    try {
      for await (const bytes of socket) if ((answer += String(bytes)).length >= enough) break;
    } catch {
      return `${answer}!`;
    }
    return answer;
  };

  beforeAll(async () => {
    server = createServer((socket: Socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        received.push(String(bytes));
        socket.write(bytes);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    gate = new TcpGate(await freePort(), { host: '127.0.0.1', port });
  });
  beforeEach(async () => {
    received.length = 0;
    await gate.open();
  });
  afterEach(() => gate.close());
  afterAll(() => {
    server.close();
  });

  it('leads requests there and answers back', async () => {
    expect(await ask('hello')).toBe('hello');
    expect(received).toEqual(['hello']);
  });

  it('refuses connections while it is closed', async () => {
    await gate.close();
    expect(await ask('hello')).toBe('!');
  });

  it('cuts the answer to a large request after the target had it, and no other', async () => {
    gate.cutAnswers(1, 5);
    expect(await ask('tiny')).toBe('tiny');
    expect(await ask('large')).toBe('');
    expect(await ask('again')).toBe('again');
    expect(received).toEqual(['tiny', 'large', 'again']);
    expect(gate.cutsLeft).toBe(0);
  });

  it('lets nothing through while it holds, and everything after', async () => {
    gate.hold();
    const answer = ask('hello');
    await sleep(50);
    expect(received).toEqual([]);
    gate.heal();
    expect(await answer).toBe('hello');
  });

  it.each([{ answerDelayMs: 60 }, { requestBytesPerSecond: 100 }])(
    'takes its time with %j',
    async (delays) => {
      gate.slow(delays);
      const begun = performance.now();
      expect(await ask('hello!')).toBe('hello!');
      expect(performance.now() - begun).toBeGreaterThan(50);
    },
  );
});
