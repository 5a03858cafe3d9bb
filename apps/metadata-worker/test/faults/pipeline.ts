import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { mongo } from 'mongoose';
import { Part } from '../../../../tools/stack/part';
import { freePort } from '../../../../tools/stack/port-holder';
import { startStack } from '../../../../tools/stack/stack';
import { runStackSettings } from '../../../../tools/stack/test/run-stack';
import { AppProcess, eventually } from '@libs/testing/app-process';
import { TcpGate } from '@libs/testing/tcp-gate';
import type { MetadataCollection } from '../../src/adapters/mongo/mongo-metadata-store';
import { connectDatabase, kafkaBrokers, mongodbUri, ownName } from '@libs/testing/test-stack';
import { rollUpDifference } from './roll-ups';
import { Table } from './table';
import type { WatchedArchive } from './watched-archive';

const ROLL_UP_MS = 120_000;
const MIGRATE = resolve(__dirname, '../../../../dist/metadata-worker/apps/metadata-worker/src/migrate.js');
export const GROUP_ID = 'metadata-worker';
export const PUBLISH_TIMEOUT_MS = 2_000;

/** Both apps with a gate before Kafka and one before the database, on a stack whose parts may be killed. */
export class Pipeline {
  readonly settings = runStackSettings();
  readonly kafka = new Part('kafka', this.settings.stackDir);
  readonly database = new Part('database', this.settings.stackDir);
  /** The workers that run, the oldest first. */
  workers: AppProcess[] = [];
  /** Where the API is, or was before it ended. */
  apiUrl = '';
  /** Scenario → its model, of those that must leave exact hourly counts. */
  readonly endured = new Map<string, string>();
  /** Of its own: the hourly counts of a large hour may lag behind for a while. */
  private readonly databaseName = ownName('faults');
  private apiProcess: AppProcess | undefined;
  private peakMib = { api: 0, worker: 0 };

  private constructor(
    readonly kafkaGate: TcpGate,
    readonly databaseGate: TcpGate,
    private readonly client: mongo.MongoClient,
    readonly archive: WatchedArchive | undefined,
  ) {}

  /** The stack whole again, whatever a scenario before left, and `workers` workers, which may archive too. */
  static async open(workers = 1, archive?: WatchedArchive): Promise<Pipeline> {
    const settings = runStackSettings();
    for (const name of ['kafka', 'database'] as const) new Part(name, settings.stackDir).kill('SIGCONT');
    await startStack(settings);
    const [kafkaHost = '', kafkaPort] = kafkaBrokers.split(':');
    const { hostname, port } = new URL(mongodbUri);
    const gates: [TcpGate, TcpGate] = [
      new TcpGate(await freePort(), { host: kafkaHost, port: Number(kafkaPort) }),
      new TcpGate(await freePort(), { host: hostname, port: Number(port) }),
    ];
    await Promise.all(gates.map((gate) => gate.open()));
    const pipeline = new Pipeline(...gates, await connectDatabase(), archive);
    await promisify(execFile)(process.execPath, [MIGRATE], { env: pipeline.env() });
    await Promise.all([
      pipeline.startApi(),
      ...Array.from({ length: workers }, () => pipeline.startWorker()),
    ]);
    return pipeline;
  }

  /** Once the hourly counts of all scenarios agree with the documents, which they need not do at once. */
  async close(): Promise<void> {
    try {
      await this.expectRollUps();
    } finally {
      await this.end();
    }
  }

  private async expectRollUps(): Promise<void> {
    const table = new Table();
    for (const [scenario, model] of this.endured) {
      let off: number | null = null;
      const agree = async (): Promise<boolean> => ((off = await rollUpDifference(this.db, model)) ?? 0) === 0;
      const isExact = await eventually(agree, ROLL_UP_MS);
      table.rolledUp(scenario, off);
      expect({ scenario, isExact, off }).toMatchObject({ isExact: true });
    }
  }

  private async end(): Promise<void> {
    await Promise.all([this.apiProcess?.stop(), ...this.workers.map((worker) => worker.stop())]);
    await Promise.all([
      this.kafkaGate.close(),
      this.databaseGate.close(),
      this.client.close(),
      this.archive?.close(),
    ]);
  }

  get api(): AppProcess {
    return this.apiProcess!;
  }

  get worker(): AppProcess {
    return this.workers[0]!;
  }

  get db(): mongo.Db {
    return this.client.db(this.databaseName);
  }

  get documents(): MetadataCollection {
    return this.db.collection('gpu_metadata');
  }

  env(changes: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const kafka = `127.0.0.1:${this.kafkaGate.port}`;
    return {
      KAFKA_BROKERS: kafka,
      KAFKA_BROKER_MAP: `${kafkaBrokers}=${kafka}`,
      KAFKA_GROUP_ID: GROUP_ID,
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      MONGODB_URI: `mongodb://127.0.0.1:${this.databaseGate.port}/?directConnection=true`,
      MONGODB_DB: this.databaseName,
      ROLLUP_INTERVAL_MS: '1000',
      AUTH_MODE: 'off',
      PUBLISH_TIMEOUT_MS: String(PUBLISH_TIMEOUT_MS),
      ...this.archive?.env,
      ...changes,
    };
  }

  async startApi(changes: NodeJS.ProcessEnv = {}): Promise<void> {
    this.useApi(await AppProcess.start('processor-api', this.env(changes)));
  }

  async startWorker(): Promise<AppProcess> {
    const worker = await AppProcess.start('metadata-worker', this.env());
    this.workers.push(worker);
    return worker;
  }

  /** The API with `change` made to it, a module of this folder. */
  async startChangedApi(change: string): Promise<void> {
    this.useApi(await AppProcess.startChanged('processor-api', join(__dirname, change), this.env()));
  }

  async startChangedWorker(change: string): Promise<AppProcess> {
    const worker = await AppProcess.startChanged('metadata-worker', join(__dirname, change), this.env());
    this.workers.push(worker);
    return worker;
  }

  /** kill -9, and nothing in its place. */
  async kill(app: AppProcess): Promise<void> {
    this.notePeaks();
    app.signal('SIGKILL');
    await app.exited;
    this.forget(app);
  }

  /** SIGTERM; answers the exit code. */
  async stop(app: AppProcess): Promise<number | NodeJS.Signals> {
    this.notePeaks();
    const code = await app.stop();
    this.forget(app);
    return code;
  }

  /** Starts what was killed of Kafka and the database, and waits until both are usable. */
  async startStack(): Promise<void> {
    await startStack(this.settings);
  }

  /** SIGSTOP; resolves once each thread of the part stands still, which takes a while on a busy machine. */
  async freeze(part: Part): Promise<void> {
    part.kill('SIGSTOP');
    const threads = `/proc/${part.pid()}/task`;
    const isStopped = (thread: string): boolean =>
      readFileSync(join(threads, thread, 'status'), 'utf8').includes('\nState:\tT');
    if (!(await eventually(() => readdirSync(threads).every(isStopped), 10_000))) {
      throw new Error(`${part.name} goes on after SIGSTOP`);
    }
  }

  /** Ends every disturbance. */
  async heal(): Promise<void> {
    for (const part of [this.kafka, this.database]) part.kill('SIGCONT');
    for (const gate of [this.kafkaGate, this.databaseGate]) {
      gate.heal();
      await gate.open();
    }
    this.archive?.gate.heal();
    await this.archive?.gate.open();
    await this.startStack();
  }

  /** The most memory that an API and a worker had so far, in MiB. */
  notePeaks(): { readonly api: number; readonly worker: number } {
    const workers = this.workers.map(({ peakRssMib }) => peakRssMib);
    this.peakMib = {
      api: Math.max(this.peakMib.api, this.apiProcess?.peakRssMib ?? 0),
      worker: Math.max(this.peakMib.worker, ...workers),
    };
    return this.peakMib;
  }

  private useApi(api: AppProcess): void {
    this.apiProcess = api;
    this.apiUrl = api.url;
  }

  private forget(app: AppProcess): void {
    this.workers = this.workers.filter((worker) => worker !== app);
    if (this.apiProcess === app) this.apiProcess = undefined;
  }
}
