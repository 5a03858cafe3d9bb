import { parentPort, workerData } from 'node:worker_threads';
import { mongo } from 'mongoose';
import { type Neighbours, type SimilarityQuery } from '@libs/domain';
import { errorCodeOf, withDeadline } from '@libs/platform';
import { VectorIndex } from '@libs/vector-index';
import { IndexKeeper } from '../../search/index-keeper';
import { SimilaritySearch } from '../../search/similarity-search';
import { MongoVectorSource } from './mongo-vector-source';
import { readClientOptions } from './read-connection';
import { ReadDatabase } from './read-database';
import type { SearchMessage, SearchRequest, SearchThreadSettings } from './threaded-similarity-index';

/** Searches at one time; each holds a few MiB while it scans. */
const SEARCHES = 4;

/** One answer to the keeper may take longer than a search: nobody waits for it. */
const KEEPER_TIMEOUT_MS = 300_000;

/** Of a search's time: what it may wait for the latest captures, and when it reads no more candidates. */
const WAITING_SHARE = 0.3;
const READING_SHARE = 0.6;

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
  () => new MongoVectorSource({ database: database(), leftMs: () => KEEPER_TIMEOUT_MS }),
  {
    onProgress: (report) => {
      tell({ kind: 'index', report });
    },
    onFailure: (pass, { name, message }) => {
      const fields = { ...pass, fault: `${name}: ${message}` };
      tell({ kind: 'warning', fields, message: 'the search index could not be brought up to date' });
    },
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
  // What is not in the index by then is left for the next search.
  await withDeadline(keeper.refresh(), timeoutMs * WAITING_SHARE).catch(() => undefined);
  const source = new MongoVectorSource({ database: db, leftMs: () => timeoutMs - spentMs() });
  return search.nearest(query, source, () => spentMs() >= timeoutMs * READING_SHARE);
}

function database(): mongo.Db {
  return client.db(reads.name);
}

function tell(message: SearchMessage): void {
  parentPort!.postMessage(message);
}
