import {
  LineageStore,
  RecordRejected,
  StoreUnavailable,
  type LineageEvent,
  type LineageOutcome,
  type RecordedLineage,
} from '@libs/domain';
import { isDatabaseFault } from '@libs/platform';
import { bulkWrite, OPERATION_TIMEOUT_MS } from './bulk-write';
import {
  LINEAGE_COLLECTIONS,
  toLineageDocument,
  type LineageCollection,
  type LineageDocument,
} from './lineage.document';

type Kind = LineageEvent['kind'];
const KINDS = Object.keys(LINEAGE_COLLECTIONS) as Kind[];

/** A document to insert and its place in the caller's batch. */
interface Open {
  readonly at: number;
  readonly document: LineageDocument;
}

interface Conflict extends Open {
  readonly refusal: string;
}

/** Inserts; a document in the way (E11000) is the same event, stored before. */
export class MongoLineageStore extends LineageStore {
  constructor(private readonly collectionOf: (kind: Kind) => LineageCollection) {
    super();
  }

  async add(events: readonly RecordedLineage[]): Promise<readonly LineageOutcome[]> {
    const outcomes: LineageOutcome[] = [];
    try {
      for (const kind of KINDS) {
        const open = events.flatMap((recorded, at) =>
          recorded.event.kind === kind ? [{ at, document: toLineageDocument(recorded) }] : [],
        );
        if (open.length > 0) await insert(this.collectionOf(kind), open, outcomes);
      }
    } catch (cause) {
      throw isDatabaseFault(cause) ? new StoreUnavailable({ cause }) : cause;
    }
    return outcomes;
  }
}

async function insert(
  collection: LineageCollection,
  open: readonly Open[],
  outcomes: LineageOutcome[],
): Promise<void> {
  const operations = open.map(({ document }) => ({ insertOne: { document } }));
  const { faults } = await bulkWrite(collection, operations);
  for (const { at } of open) outcomes[at] = { kind: 'stored' };
  const conflicts: Conflict[] = [];
  for (const { index, kind, message } of faults) {
    if (kind === 'transient') throw new StoreUnavailable({ cause: new Error(message) });
    if (kind === 'conflict') conflicts.push({ ...open[index]!, refusal: message });
    else outcomes[open[index]!.at] = { kind: 'rejected', error: new RecordRejected(message) };
  }
  if (conflicts.length > 0) await explain(collection, conflicts, outcomes);
}

/** A collision with no document of that id is one in a unique index that somebody added. */
async function explain(
  collection: LineageCollection,
  conflicts: readonly Conflict[],
  outcomes: LineageOutcome[],
): Promise<void> {
  // A document that a failover could still roll back must not let an offset be committed.
  const lasting = await present(collection, conflicts, 'majority');
  const open = conflicts.filter(({ document }) => !lasting.has(document._id));
  const passing = await present(collection, open, 'local');
  if (passing.size > 0) throw new StoreUnavailable({ cause: new Error('no majority holds a document yet') });
  for (const { at } of conflicts) outcomes[at] = { kind: 'superseded' };
  for (const { at, refusal } of open) outcomes[at] = { kind: 'rejected', error: new RecordRejected(refusal) };
}

/** The ids of those documents that are there. */
async function present(
  collection: LineageCollection,
  conflicts: readonly Conflict[],
  level: 'majority' | 'local',
): Promise<Set<string>> {
  if (conflicts.length === 0) return new Set();
  const ids = conflicts.map(({ document }) => document._id);
  const found = await collection
    .find(
      { _id: { $in: ids } },
      {
        projection: { _id: 1 },
        readConcern: { level },
        readPreference: 'primary',
        timeoutMS: OPERATION_TIMEOUT_MS,
      },
    )
    .toArray();
  return new Set(found.map(({ _id }) => _id));
}
