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
  withOwnerSuffix,
  LINEAGE_COLLECTIONS,
  toLineageDocument,
  type LineageCollection,
  type LineageDocument,
} from './lineage.document';

type Kind = LineageEvent['kind'];
const KINDS = Object.keys(LINEAGE_COLLECTIONS) as Kind[];

/** A document to insert and its index in the caller's batch. */
interface Open {
  readonly at: number;
  readonly document: LineageDocument;
}

interface Conflict extends Open {
  readonly refusal: string;
}

/** Whose a document is that exists; those stored before there were key ids have none. */
interface ExistingOwner {
  readonly _id: string;
  readonly pipeline?: { readonly keyId?: string | null };
}

/**
 * Inserts; a document in the way (E11000) is the same event, stored before, where it has the same owner. Where it has
 * another, the event is inserted beside it.
 */
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
        if (open.length > 0) await insertByOwner(this.collectionOf(kind), open, outcomes);
      }
    } catch (cause) {
      throw isDatabaseFault(cause) ? new StoreUnavailable({ cause }) : cause;
    }
    return outcomes;
  }
}

async function insertByOwner(
  collection: LineageCollection,
  open: readonly Open[],
  outcomes: LineageOutcome[],
): Promise<void> {
  const foreign = await insert(collection, open, outcomes);
  if (foreign.length === 0) return;
  const suffixed = foreign.map(({ at, document }) => ({ at, document: withOwnerSuffix(document) }));
  await insert(collection, suffixed, outcomes);
  for (const { at } of foreign) if (outcomes[at]?.kind !== 'rejected') outcomes[at] = { kind: 'foreign' };
}

/** Answers the events that have another key id's document in the way; notes the outcome of the others. */
async function insert(
  collection: LineageCollection,
  open: readonly Open[],
  outcomes: LineageOutcome[],
): Promise<readonly Open[]> {
  const operations = open.map(({ document }) => ({ insertOne: { document } }));
  const { faults } = await bulkWrite(collection, operations);
  for (const { at } of open) outcomes[at] = { kind: 'stored' };
  const conflicts: Conflict[] = [];
  for (const { index, kind, message } of faults) {
    if (kind === 'transient') throw new StoreUnavailable({ cause: new Error(message) });
    if (kind === 'conflict') conflicts.push({ ...open[index]!, refusal: message });
    else outcomes[open[index]!.at] = { kind: 'rejected', error: new RecordRejected(message) };
  }
  return conflicts.length > 0 ? explain(collection, conflicts, outcomes) : [];
}

/** A collision with no document of that id is one in a unique index that somebody added. Answers as insert does. */
async function explain(
  collection: LineageCollection,
  conflicts: readonly Conflict[],
  outcomes: LineageOutcome[],
): Promise<readonly Open[]> {
  // A document that a failover could still roll back must not let an offset be committed.
  const lasting = await ownersOf(collection, conflicts, 'majority');
  const open = conflicts.filter(({ document }) => !lasting.has(document._id));
  const passing = await ownersOf(collection, open, 'local');
  if (passing.size > 0) throw new StoreUnavailable({ cause: new Error('no majority holds a document yet') });
  for (const { at } of conflicts) outcomes[at] = { kind: 'superseded' };
  for (const { at, refusal } of open) outcomes[at] = { kind: 'rejected', error: new RecordRejected(refusal) };
  return conflicts.filter(
    ({ document: { _id, pipeline } }) => lasting.has(_id) && lasting.get(_id) !== pipeline.keyId,
  );
}

/** The key ids of those documents that are there, by their ids. */
async function ownersOf(
  collection: LineageCollection,
  conflicts: readonly Conflict[],
  level: 'majority' | 'local',
): Promise<Map<string, string | null>> {
  if (conflicts.length === 0) return new Map();
  const ids = conflicts.map(({ document }) => document._id);
  const found = await collection
    .find<ExistingOwner>(
      { _id: { $in: ids } },
      {
        projection: { 'pipeline.keyId': 1 },
        readConcern: { level },
        readPreference: 'primary',
        timeoutMS: OPERATION_TIMEOUT_MS,
      },
    )
    .toArray();
  return new Map(found.map(({ _id, pipeline }) => [_id, pipeline?.keyId ?? null]));
}
