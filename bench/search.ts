import { parseArgs } from 'node:util';
import { mongo } from 'mongoose';
import { VectorIndex } from '@libs/vector-index';
import { table } from '../tools/console/table';
import { ConsoleProgress } from '../tools/stack/progress';
import { startStack } from '../tools/stack/stack';
import { ownTemporaryStack, removeStack } from '../tools/stack/test/temporary-stack';
import { clusteredVectors } from './search/clustered-vectors';
import { percentile, spread, timed } from './measuring/figures';
import { SearchingApi } from './search/searching-api';
import { eventIdOf, loadVectors } from './search/vector-database';

const USAGE = 'usage: npm run bench:search -- [--vectors 10000,100000] [--dimension 2048] [--queries 30]';
const SEED = 20_480;
const CLASSES = 200;
const MIB = 2 ** 20;
const INDEX_BATCH = 256;
const PROBE_EVERY_MS = 10;

interface Setting {
  readonly vectors: readonly Float32Array[];
  readonly queries: readonly Float32Array[];
}

/** A column of the table: figure → text. */
type Column = Readonly<Record<string, string>>;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      vectors: { type: 'string', default: '10000,100000' },
      dimension: { type: 'string', default: '2048' },
      queries: { type: 'string', default: '30' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const settings = await ownTemporaryStack();
  const { mongodbUri, kafkaBrokers } = await startStack(settings, new ConsoleProgress());
  const client = await mongo.MongoClient.connect(mongodbUri, { retryWrites: false });
  try {
    for (const count of values.vectors.split(',').map(Number)) {
      const next = clusteredVectors(SEED, Number(values.dimension), CLASSES);
      const vectors = Array.from({ length: count }, next);
      const queries = Array.from({ length: Number(values.queries) }, next);
      const name = `bench_search_${count}_${values.dimension}`;
      console.log(`\n${count} vectors of ${values.dimension} values: loading the database …`);
      await loadVectors(client, name, vectors);
      const reads = { READ_MONGODB_URI: mongodbUri, MONGODB_DB: name, READ_DATABASE_KIND: 'embedded' };
      const env = { ...reads, KAFKA_BROKERS: kafkaBrokers };
      const setting = { vectors, queries };
      print(count, {
        ...memoryFigures(setting),
        ...(await indexFigures(setting, env)),
      });
    }
  } finally {
    await client.close();
    await removeStack(settings);
  }
}

/** The index alone, in this process. */
function memoryFigures({ vectors, queries }: Setting): Column {
  const index = new VectorIndex(4_000 * MIB);
  const startedAt = performance.now();
  for (let at = 0; at < vectors.length; at += INDEX_BATCH) {
    const documents = vectors.slice(at, at + INDEX_BATCH).map((embedding, i) => ({
      ...{ eventId: eventIdOf(at + i), capturedAtMs: at + i, acceptedAtMs: 0 },
      ...{ model: 'm', deviceName: 'd', tags: [], embedding },
    }));
    index.addAll(documents, 1);
  }
  const encodeMs = performance.now() - startedAt;
  const candidates: number[] = [];
  const times: number[] = [];
  for (const embedding of queries) {
    const before = performance.now();
    const found = index.candidates({ embedding, k: 10, filter: {} });
    times.push(performance.now() - before);
    candidates.push(found.candidates.length);
  }
  return {
    'index: memory, MiB': (index.bytes / MIB).toFixed(0),
    'index: to encode all, s': (encodeMs / 1_000).toFixed(1),
    'index: comparing all, ms (p50 / p95)': spread(times, 1),
    'index: candidates for k = 10 (p50 / p95)': spread(candidates),
  };
}

async function indexFigures({ vectors, queries }: Setting, env: NodeJS.ProcessEnv): Promise<Column> {
  const api = await SearchingApi.start({ ...env, SEARCH_INDEX_BYTES: String(1_024 * MIB) });
  try {
    const load = await timed(() => api.loaded(queries[0]!));
    const probes = new Probes(api);
    const times: number[] = [];
    for (const query of queries) {
      const { value, ms } = await timed(() => api.find(query));
      if (!value.exhaustive || value.scanned !== vectors.length)
        throw new Error(`not all: ${JSON.stringify(value)}`);
      times.push(ms);
    }
    const other = await probes.stop();
    return {
      'loading the index in the background, s': (load.ms / 1_000).toFixed(0),
      'search with the index, ms (p50 / p95)': spread(times),
      'GET /health/live meanwhile, ms (p50 / p99)': `${percentile(other, 0.5).toFixed(1)} / ${percentile(other, 0.99).toFixed(1)}`,
      'memory of the API, MiB': api.process.rssMib.toFixed(0),
    };
  } finally {
    await api.process.stop();
  }
}

/** Asks the API something else again and again, and remembers how long it takes. */
class Probes {
  private readonly times: number[] = [];
  private isStopping = false;
  private readonly done: Promise<void>;

  constructor(private readonly api: SearchingApi) {
    this.done = this.run();
  }

  async stop(): Promise<readonly number[]> {
    this.isStopping = true;
    await this.done;
    return this.times;
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      const { ms } = await timed(() => this.api.process.status('/health/live'));
      this.times.push(ms);
      await new Promise((next) => setTimeout(next, PROBE_EVERY_MS));
    }
  }
}

function print(count: number, column: Column): void {
  for (const line of table(['', `${count} vectors`], Object.entries(column))) console.log(line);
}

void main();
