import type { mongo } from 'mongoose';
import { eventually } from '@libs/testing/app-process';
import type { ChildProgram } from '@libs/testing/child-program';

export type StoredCollection = mongo.Collection<mongo.Document & { readonly _id: string }>;

/** Which documents tell how far it is. */
export interface Milestones {
  /** Once one of these is stored, the measuring begins. */
  readonly warm: readonly string[];
  /** Once all of these and `total` documents are stored, it ends. */
  readonly last: readonly string[];
  readonly total: number;
}

/** Who works on it. */
export interface Workers {
  readonly program: ChildProgram;
  readonly databaseProgram?: ChildProgram | undefined;
}

/** What a program stored between the two. */
export interface StoredMeanwhile {
  readonly records: number;
  readonly seconds: number;
  /** Processor time of the program. */
  readonly processorMs: number;
  /** Processor time of the database, where it is known. */
  readonly databaseMs: number | undefined;
}

const withinMs = 180_000;

/**
 * Asks for a few documents by id every 50 ms, which costs the database next to nothing, and counts only when it begins
 * and ends. Rejects when the program ends before.
 */
export async function watchStored(
  collection: StoredCollection,
  { program, databaseProgram }: Workers,
  { warm, last, total }: Milestones,
): Promise<StoredMeanwhile> {
  const wait = async (ask: () => Promise<boolean>): Promise<void> => {
    if (await eventually(ask, withinMs, program.exited)) return;
    const count = await collection.estimatedDocumentCount();
    throw new Error(`stored ${count} of ${total} documents within ${withinMs} ms, or ended before`);
  };
  const meter = (): Readonly<Record<'atMs' | 'program' | 'database', number>> => ({
    atMs: performance.now(),
    program: program.processorMs,
    database: databaseProgram?.processorMs ?? NaN,
  });
  const isStored = async (_id: string): Promise<boolean> =>
    (await collection.findOne({ _id }, { projection: { _id: 1 } })) !== null;

  await wait(async () => (await firstOf(warm, isStored)) !== undefined);
  const before = meter();
  const begun = await collection.estimatedDocumentCount();
  let after = before;
  for (const id of last) await wait(() => isStored(id));
  await wait(async () => {
    after = meter();
    return (await collection.estimatedDocumentCount()) >= total;
  });
  return {
    records: total - begun,
    seconds: (after.atMs - before.atMs) / 1_000,
    processorMs: after.program - before.program,
    databaseMs: databaseProgram && after.database - before.database,
  };
}

async function firstOf(
  ids: readonly string[],
  isStored: (id: string) => Promise<boolean>,
): Promise<string | undefined> {
  for (const id of ids) if (await isStored(id)) return id;
  return undefined;
}
