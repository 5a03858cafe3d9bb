import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { mongo } from 'mongoose';
import { ChildProgram } from '@libs/testing/child-program';
import type { BareOrder } from './bare-loop';
import type { Sink } from './sink';
import { vectorBytes } from './worker-sink';

/** The limit: a loop of the worker's own bulk writes, on documents that lie ready. */
export function bareSink(records: { readonly count: number; readonly dimension: number }): Sink {
  return {
    name: 'bare loop of bulk writes',
    start: async ({ mongodbUri, database }) => {
      const order: BareOrder = { mongodbUri, database, ...records };
      const child = fork(join(__dirname, 'bare-loop.ts'), {
        execArgv: ['-r', '@swc-node/register'],
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      });
      const program = new ChildProgram(child);
      const ready = once(child, 'message');
      child.send(order);
      await Promise.race([ready, program.exited]);
      return program;
    },
    embeddingOf: ({ embedding }) => vectorBytes(embedding as mongo.Binary),
  };
}
