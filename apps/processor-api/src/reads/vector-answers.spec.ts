import { EventEmitter, once } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Caller } from '../access/caller';
import { VectorAnswers } from './vector-answers';

const RUNNING_OF_A_KEY = 3;

class Exchange {
  readonly socket = new EventEmitter();
  readonly response = new EventEmitter();
  readonly request = { caller: Caller.anybody, raw: { socket: this.socket } } as unknown as FastifyRequest;
  readonly reply = { raw: this.response } as unknown as FastifyReply;
}

describe(VectorAnswers.name, () => {
  let answers: VectorAnswers;
  let made: number;
  const events = new EventEmitter();

  beforeEach(() => {
    answers = new VectorAnswers(60_000);
    made = 0;
  });

  const ask = (exchange: Exchange): Promise<Buffer> =>
    answers.make(exchange.request, exchange.reply, () => {
      made += 1;
      events.emit('made');
      return Promise.resolve(Buffer.from('[]'));
    });

  it.each(['response', 'socket'] as const)(
    'makes few, and the next once the %s of one is closed',
    async (closing) => {
      const exchanges = Array.from({ length: RUNNING_OF_A_KEY }, () => new Exchange());
      await Promise.all(exchanges.map(ask));
      const next = ask(new Exchange());
      expect(made).toBe(RUNNING_OF_A_KEY);
      const isMade = once(events, 'made');
      exchanges[0]![closing].emit('close');
      await isMade;
      expect(String(await next)).toBe('[]');
      expect(exchanges[0]!.socket.listenerCount('close')).toBe(0);
    },
  );

  it('holds no room for an answer that could not be made', async () => {
    const fault = new Error('no');
    const refused = (): Promise<Buffer> => {
      const { request, reply } = new Exchange();
      return answers.make(request, reply, () => Promise.reject(fault));
    };
    for (let turn = 0; turn <= RUNNING_OF_A_KEY; turn++) await expect(refused()).rejects.toBe(fault);
    expect(String(await ask(new Exchange()))).toBe('[]');
  });

  it('refuses where there is no database to read from', async () => {
    answers = new VectorAnswers(undefined);
    await expect(ask(new Exchange())).rejects.toMatchObject({ code: 'reads_not_configured' });
  });
});
