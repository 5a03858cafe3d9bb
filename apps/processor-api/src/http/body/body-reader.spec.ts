import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BodyReader, type BodyLimits } from './body-reader';
import { BodyMemory } from './body-share';
import type { TakePiece } from './inflater';

const LIMITS: BodyLimits = {
  maxBytes: 1_000_000,
  maxBatchBytes: 1_000_000,
  idleTimeoutMs: 5_000,
  timeoutMs: 60_000,
};
const messageOf = (error: unknown): string => (error as Error).message;
const BODY = Buffer.alloc(400_000, 'all of it ');

describe(BodyReader.name, () => {
  let server: Server;
  let memory: BodyMemory;
  let handle: (incoming: IncomingMessage) => Promise<string>;

  beforeAll(async () => {
    server = createServer((incoming, answer) => {
      void handle(incoming).then((text) => {
        answer.end(text);
        incoming.resume();
      });
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });
  beforeEach(() => {
    memory = new BodyMemory(1_000_000, 1);
  });
  afterAll(() => server.close());

  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const send = async (): Promise<string> => (await fetch(url(), { method: 'POST', body: BODY })).text();

  function readPieces(incoming: IncomingMessage, take: TakePiece, limits = LIMITS): Promise<void> {
    const reader = new BodyReader(limits, memory);
    return reader.readPieces(incoming, limits.maxBytes, { take, heldBytes: () => 0 });
  }

  function taking(take: TakePiece, limits = LIMITS): void {
    handle = (incoming) => readPieces(incoming, take, limits).then(() => 'done', messageOf);
  }

  it.each([
    ['at once', false],
    ['in its own time', true],
  ])(
    'hands over all of a body, piece after piece, to who takes it %s, and is done after the last',
    async (_name, isSlow) => {
      const pieces: Buffer[] = [];
      let underWay = 0;
      taking((piece) => {
        expect(underWay).toBe(0);
        if (!isSlow) {
          pieces.push(piece);
          return Promise.resolve();
        }
        underWay += 1;
        return sleep(5).then(() => {
          underWay -= 1;
          pieces.push(piece);
        });
      });
      expect(await send()).toBe('done');
      expect(Buffer.concat(pieces).equals(BODY)).toBe(true);
    },
  );

  it.each<[string, TakePiece]>([
    [
      'throws',
      () => {
        throw new Error('enough');
      },
    ],
    ['rejects', () => Promise.reject(new Error('enough'))],
    ['rejects later', () => sleep(5).then(() => Promise.reject(new Error('enough')))],
  ])('ends with the error of one who takes and %s', async (_name, take) => {
    taking(take);
    expect(await send()).toBe('enough');
  });

  it('does not count the time that taking needs as a pause of the client', async () => {
    taking(() => sleep(100), { ...LIMITS, idleTimeoutMs: 50 });
    expect(await send()).toBe('done');
  });

  it('gives up on a body that has not ended in its time, however steadily it comes', async () => {
    taking(() => Promise.resolve(), { ...LIMITS, timeoutMs: 100 });
    const outgoing = request(url(), { method: 'POST' });
    const trickle = setInterval(() => outgoing.write('part'), 10);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    clearInterval(trickle);
    outgoing.end();
    expect(Buffer.concat(await answer.toArray()).toString()).toBe('the body did not come within 100 ms');
  });

  it('counts the piece that is being taken, and nothing of it later', async () => {
    const counted: number[] = [];
    memory = new BodyMemory(2_000_000, 1_000_000);
    taking(({ length }) => {
      counted.push(memory.commonBytes - length + memory.ownBytes);
      return Promise.resolve();
    });
    expect(await send()).toBe('done');
    expect(new Set(counted)).toEqual(new Set([0]));
    expect(memory.commonBytes).toBe(0);
  });

  it('tells a client that leaves, while a piece is being taken too', async () => {
    const ended = new Promise<string>((resolve) => {
      handle = async (incoming) => {
        const outcome = readPieces(incoming, () => new Promise(() => undefined));
        resolve(await outcome.then(() => 'done', messageOf));
        return '';
      };
    });
    const outgoing = request(url(), { method: 'POST' }).on('error', () => undefined);
    await new Promise((written) => outgoing.write('part', written));
    await sleep(50);
    outgoing.destroy();
    expect(await ended).toMatch(/the client closed the connection/);
  });
});
