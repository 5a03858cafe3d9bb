import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { AppProcess } from '@libs/testing/app-process';
import { mongo } from 'mongoose';
import { ALL_MIGRATIONS } from '../apps/metadata-worker/src/adapters/mongo/migrations/all-migrations';
import { Migrator } from '../apps/metadata-worker/src/adapters/mongo/migrations/migrator';
import { table } from '../tools/console/table';
import { ConsoleProgress } from '../tools/stack/progress';
import { startStack } from '../tools/stack/stack';
import { ownTemporaryStack, removeStack } from '../tools/stack/test/temporary-stack';
import { percentile, timed } from './measuring/figures';
import { Ingestion } from './reads/ingestion';
import { benchDocument, type BenchDocument } from './reads/stored-document';

const USAGE =
  'usage: npm run bench:reads -- [--documents 200000] [--shapes hour,day,years] [--rounds 3] [--seconds 10]';
const DATABASE = 'bench_reads';
const BATCH = 500;
const READS_OF_A_ROUTE = 10;
const READS_PER_SECOND = 5;
const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;
const TWO_DAYS_MS = 48 * HOUR_MS;

/** How long before the bench the last document was captured, and over how long all of them were. */
const SHAPES: Readonly<Record<string, { readonly endedMs: number; readonly lastedMs: number }>> = {
  hour: { endedMs: TWO_DAYS_MS, lastedMs: HOUR_MS },
  day: { endedMs: TWO_DAYS_MS, lastedMs: 24 * HOUR_MS },
  years: { endedMs: TWO_DAYS_MS, lastedMs: 10 * YEAR_MS },
};

/** What a route took, in ms, and how many of its answers were none. */
class RouteFigures {
  readonly durations: number[] = [];
  failed = 0;

  get text(): string {
    if (this.durations.length === 0) return '-';
    const [p50, most] = [percentile(this.durations, 0.5), Math.max(...this.durations)];
    const failures = this.failed > 0 ? `, ${this.failed} failed` : '';
    return `${p50.toFixed(0)} / ${most.toFixed(0)}${failures}`;
  }
}

type Figures = ReadonlyMap<string, RouteFigures>;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      documents: { type: 'string', default: '200000' },
      shapes: { type: 'string', default: 'hour,day,years' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '10' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const plan = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
  for (const shape of values.shapes.split(',')) await bench(shape, Number(values.documents), plan);
}

/** On a stack of its own: what one shape took of disk and memory is given back before the next. */
async function bench(shape: string, count: number, plan: Omit<Plan, 'ids'>): Promise<void> {
  const settings = await ownTemporaryStack();
  try {
    const { mongodbUri, kafkaBrokers } = await startStack(settings, new ConsoleProgress());
    const client = await mongo.MongoClient.connect(mongodbUri, { retryWrites: false });
    const ids = await load(client.db(DATABASE), shape, count).finally(() => client.close());
    const urls = { KAFKA_BROKERS: kafkaBrokers, MONGODB_URI: mongodbUri, READ_MONGODB_URI: mongodbUri };
    const env = { MONGODB_DB: DATABASE, READ_DATABASE_KIND: 'embedded', AUTH_MODE: 'off', LOG_LEVEL: 'warn' };
    await measure({ ...urls, ...env }, shape, { ids, ...plan });
  } finally {
    await removeStack(settings);
  }
}

/** Fills a database; answers some of the ids. */
async function load(database: mongo.Db, shape: string, count: number): Promise<readonly string[]> {
  const { endedMs, lastedMs } = SHAPES[shape] ?? fail(USAGE);
  const lastMs = Date.now() - endedMs;
  const migrator = new Migrator(database, ALL_MIGRATIONS);
  for (const migration of await migrator.pending()) await migrator.make(migration, () => Promise.resolve());
  const documents = database.collection<BenchDocument>('gpu_metadata');
  const ids: string[] = [];
  await new ConsoleProgress().step(`${count} documents of ${shape}`, async (tell) => {
    for (let at = 0; at < count; at += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, count - at) }, (_, i) =>
        benchDocument(new Date(Math.floor(lastMs - ((at + i) * lastedMs) / count)), at + i),
      );
      await documents.insertMany(batch, { ordered: false });
      ids.push(batch[0]!._id);
      tell(`${at + batch.length}`);
    }
  });
  return ids;
}

interface Plan {
  readonly ids: readonly string[];
  readonly rounds: number;
  readonly seconds: number;
}

async function measure(env: NodeJS.ProcessEnv, shape: string, { ids, rounds, seconds }: Plan): Promise<void> {
  const api = await AppProcess.start('processor-api', env);
  const routes = routesOf(shape, ids[ids.length >> 1]!);
  const first = await readAll(api, routes, 1);
  const alone = await readAll(api, routes, READS_OF_A_ROUTE);
  const worker = await AppProcess.start('metadata-worker', { ...env, WORKER_ROLES: 'store' });
  const ingestion = new Ingestion(api, worker);
  try {
    await ingestion.storedWithin(seconds); // warm
    const beside = new Map([...routes.keys()].map((route) => [route, new RouteFigures()]));
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const withoutReads = await ingestion.storedWithin(seconds);
      let isOver = false;
      const reading = readAlong(api, routes, beside, () => isOver);
      const withReads = await ingestion.storedWithin(seconds);
      isOver = true;
      await reading;
      ratios.push(withReads / withoutReads);
      console.log(
        `round ${round + 1}: ${withoutReads.toFixed(0)} records/s stored, ${withReads.toFixed(0)} with reads`,
      );
    }
    print(shape, routes, [first, alone, beside]);
    console.log(
      `stored with ${READS_PER_SECOND} reads a second, of without: ${percentile(ratios, 0.5).toFixed(2)}`,
    );
  } finally {
    await ingestion.stop();
    await worker.stop();
    await api.stop();
  }
}

/** What is asked, by what it is called. */
function routesOf(shape: string, id: string): ReadonlyMap<string, string> {
  const { endedMs, lastedMs } = SHAPES[shape]!;
  const from = new Date(Date.now() - endedMs - lastedMs / 2).toISOString();
  const to = new Date(Date.now() - endedMs - lastedMs / 4).toISOString();
  return new Map([
    ['the newest', '/v1/metadata'],
    ['200 of the newest', '/v1/metadata?limit=200'],
    ['of a model', '/v1/metadata?model=resnet50'],
    ['of a rare model', '/v1/metadata?model=rare'],
    ['of a rare model and a tag', '/v1/metadata?model=rare&tag=even'],
    ['of a device', '/v1/metadata?deviceName=Tesla%20T4'],
    ['of a time', `/v1/metadata?from=${from}&to=${to}`],
    ['with vectors', '/v1/metadata?include=embedding'],
    ['by id', `/v1/metadata/${id}`],
    ['/gpu/info', '/gpu/info'],
    ['/v1/gpus', '/v1/gpus'],
    ['stats', '/v1/metadata/stats'],
  ]);
}

/** Each route so many times, one after the other. */
async function readAll(
  api: AppProcess,
  routes: ReadonlyMap<string, string>,
  times: number,
): Promise<Figures> {
  const figures = new Map<string, RouteFigures>();
  for (const [route, path] of routes) {
    const ofRoute = new RouteFigures();
    figures.set(route, ofRoute);
    for (let turn = 0; turn < times; turn++) await read(api, path, ofRoute);
  }
  return figures;
}

/** One route after the other at an even pace. */
async function readAlong(
  api: AppProcess,
  routes: ReadonlyMap<string, string>,
  figures: Figures,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    for (const [route, path] of routes) {
      if (isOver()) return;
      const pace = sleep(1_000 / READS_PER_SECOND);
      await read(api, path, figures.get(route)!);
      await pace;
    }
  }
}

async function read(api: AppProcess, path: string, figures: RouteFigures): Promise<void> {
  const { value: status, ms } = await timed(async () => {
    const answer = await fetch(api.url + path);
    await answer.arrayBuffer();
    return answer.status;
  });
  figures.durations.push(ms);
  if (status !== 200) figures.failed += 1;
}

function print(shape: string, routes: ReadonlyMap<string, string>, figures: readonly Figures[]): void {
  const rows = [...routes.keys()].map((route) => [
    route,
    ...figures.map((column) => column.get(route)!.text),
  ]);
  const head = [`${shape}, ms`, 'first', 'p50 / most', 'p50 / most with ingestion'];
  for (const line of table(head, rows)) console.log(line);
}

function fail(message: string): never {
  throw new Error(message);
}

void main();
