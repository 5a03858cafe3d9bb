import { parentPort, workerData } from 'node:worker_threads';
import { mongo } from 'mongoose';
import { type Neighbours, type SimilarityQuery } from '@libs/domain';
import { errorCodeOf, withDeadline } from '@libs/platform';
import { IndexKeeper } from '../vector-index/index-keeper';
import { SimilaritySearch } from '../vector-index/similarity-search';
import { VectorIndex } from '../vector-index/vector-index';
import { MongoVectorSource } from './mongo-vector-source';
import { readClientOptions } from './read-connection';
import { ReadDatabase } from './read-database';
import type { SearchMessage, SearchRequest, SearchThreadSettings } from './threaded-similarity-index';

/** Searches at one time; each holds a few MiB while it scans. */
const SEARCHES = 4;

/** A pass over the database may take longer than a search: nobody waits for it. */
const PASS_TIMEOUT_MS = 60_000;

/** Of a search's time, what it may spend on looking; the rest is for reading what it found. */
const LOOKING_SHARE = 0.6;

const { reads, indexBytes } = workerData as SearchThreadSettings;
const settings = { ...reads, poolSize: SEARCHES + 2 };
const client = new mongo.MongoClient(reads.uri, readClientOptions(settings));
const readDatabase = new ReadDatabase(
  { database, timeoutMs: reads.timeoutMs, poolSize: SEARCHES },
  {
    warn: (fields, message) => {
      tell({ kind: 'warning', fields, message });
    },
  },
);
const index = new VectorIndex(indexBytes);
const keeper = new IndexKeeper(
  index,
  () => new MongoVectorSource({ database: database(), leftMs: () => PASS_TIMEOUT_MS }),
  (report) => {
    tell({ kind: 'pass', report });
  },
);
const search = new SimilaritySearch(index, keeper);

parentPort!.on('message', (request: SearchRequest) => {
  void answer(request);
});

async function answer({ number, query, reader }: SearchRequest): Promise<void> {
  try {
    const neighbours = await readDatabase.read('search', reader, (db, timeoutMs) =>
      find(query, db, timeoutMs),
    );
    tell({ kind: 'answer', number, neighbours });
  } catch (error) {
    tell({ kind: 'fault', number, code: errorCodeOf(error), message: (error as Error).message });
  }
}

async function find(query: SimilarityQuery, db: mongo.Db, timeoutMs: number): Promise<Neighbours> {
  const startedAt = performance.now();
  const spentMs = (): number => performance.now() - startedAt;
  const lookingMs = timeoutMs * LOOKING_SHARE;
  // An index that is not up to date yet is made up for by scanning.
  if (indexBytes > 0) await withDeadline(keeper.refresh(), lookingMs / 2).catch(() => undefined);
  const source = new MongoVectorSource({
    database: db,
    leftMs: (what) => (what === 'scan' ? lookingMs : timeoutMs) - spentMs(),
  });
  return search.nearest(query, source, () => spentMs() >= lookingMs);
}

function database(): mongo.Db {
  return client.db(reads.name);
}

function tell(message: SearchMessage): void {
  parentPort!.postMessage(message);
}
