import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What a well-behaved client saw while an attack went on. */
export interface NeighbourSample {
  readonly requests: number;
  readonly p99Ms: number;
  /** Statuses other than 202, and faults of the connection. */
  readonly refused: readonly string[];
}

/** Posts one small record after another for as long as the test runs. */
export class Neighbour {
  private constructor(private readonly child: ChildProcess) {}

  static start(url: string, headers: Readonly<Record<string, string>>): Neighbour {
    const script = join(__dirname, 'neighbour-process.ts');
    return new Neighbour(
      fork(script, [url, JSON.stringify(headers)], { execArgv: ['-r', '@swc-node/register'] }),
    );
  }

  begin(): void {
    this.child.send('begin');
  }

  async end(): Promise<NeighbourSample> {
    const answer = once(this.child, 'message') as Promise<[NeighbourSample]>;
    this.child.send('end');
    return (await answer)[0];
  }

  stop(): void {
    this.child.disconnect();
  }
}
