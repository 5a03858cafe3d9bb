import type { FastifyReply, FastifyRequest } from 'fastify';
import { ReadsNotConfigured } from '@libs/domain';
import { ReadSlots } from '../read-slots';

/** Of one key three at most. More would take no less time, because this process makes one after the other. */
const SLOTS = { running: 4, waiting: 60 };

/**
 * The answers that hold the vectors of many documents. Each takes megabytes until its client has it, so few are there at
 * one time, shared by the keys as the reads of the database are.
 */
export class VectorAnswers {
  private readonly slots = new ReadSlots(SLOTS);

  /** Undefined: the API only writes. */
  constructor(private readonly timeoutMs: number | undefined) {}

  /**
   * Makes an answer as soon as there is room for it, which it then holds until it is out or its client gone.
   *
   * @throws ReadsNotConfigured, ReadsOverloaded, ReadTimeout, or what `make` throws
   */
  make(request: FastifyRequest, reply: FastifyReply, make: () => Promise<Buffer>): Promise<Buffer> {
    const { timeoutMs } = this;
    if (timeoutMs === undefined) return Promise.reject(new ReadsNotConfigured());
    return new Promise((resolve, reject) => {
      const untilGone = async (): Promise<void> => {
        resolve(await make());
        await gone(request, reply);
      };
      this.slots.run(request.caller, untilGone, timeoutMs).catch(reject);
    });
  }
}

/** Node closes no answer that still waits behind another one when its connection ends: that closes alone. */
function gone({ raw: { socket } }: FastifyRequest, { raw: response }: FastifyReply): Promise<void> {
  if (response.closed || socket.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      response.off('close', end);
      socket.off('close', end);
      resolve();
    };
    response.on('close', end);
    socket.on('close', end);
  });
}
