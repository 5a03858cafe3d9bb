import type { ConsumingLoop } from './consumer-liveness';

/** All loops of the process as one: as silent as its most silent, failed once one has. */
export class ConsumingLoops implements ConsumingLoop {
  readonly failed: Promise<Error>;

  constructor(private readonly loops: readonly ConsumingLoop[]) {
    this.failed = Promise.race(loops.map(({ failed }) => failed));
  }

  get silentMs(): number {
    return Math.max(...this.loops.map(({ silentMs }) => silentMs));
  }
}
