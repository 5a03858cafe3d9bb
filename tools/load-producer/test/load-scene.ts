import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { kafkaBrokers, mongodbUri } from '@libs/testing/test-stack';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';
import { KeyFile } from '@libs/testing/key-file';
import { ToolProcess, type Ended } from '../../replay/test/tool';
import { freePort } from '../../stack/port-holder';
import { AppProcess, eventually } from '@libs/testing/app-process';
import type { Summary } from '../report/summary';

const repoDir = resolve(__dirname, '../../..');

export interface LoadEnded extends Ended {
  /** What `--json` wrote. */
  readonly summary: Summary;
}

/** Both apps on a database of their own, and the command. */
export class LoadScene {
  private readonly directory = mkdtempSync(join(tmpdir(), 'load-test-'));
  private readonly keys = new KeyFile();
  readonly apiKey = this.keys.add('load');
  private runs = 0;
  worker!: AppProcess;
  api!: AppProcess;

  private constructor(
    readonly stored: WorkerUnderTest,
    private readonly port: number,
  ) {}

  static async open(): Promise<LoadScene> {
    const scene = new LoadScene(await WorkerUnderTest.prepare(), await freePort());
    await scene.startApi();
    scene.worker = await scene.stored.start();
    return scene;
  }

  async close(): Promise<void> {
    await Promise.all([this.api.stop(), this.worker.stop()]);
    await this.stored.discard();
    this.keys.remove();
    rmSync(this.directory, { recursive: true });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Always on the same port. */
  async startApi(): Promise<void> {
    const settings = {
      PORT: String(this.port),
      KAFKA_BROKERS: kafkaBrokers,
      API_KEYS_FILE: this.keys.path,
      READ_MONGODB_URI: mongodbUri,
      MONGODB_DB: this.stored.database,
    };
    this.api = AppProcess.spawn('processor-api', settings, this.port);
    await this.api.until('/health/ready');
  }

  /** Starts the command with these options; with the settings of the scene and no others of the machine. */
  start(args: string, env: NodeJS.ProcessEnv = {}): { process: ToolProcess; ended: Promise<LoadEnded> } {
    const json = join(this.directory, `${this.runs++}.json`);
    const main = join('tools', 'load-producer', 'main.ts');
    const child = spawn(
      process.execPath,
      ['-r', '@swc-node/register', main, ...args.split(' '), '--json', json],
      {
        cwd: repoDir,
        env: {
          PATH: process.env.PATH,
          LOAD_URL: this.url,
          API_KEY: this.apiKey,
          KAFKA_BROKERS: kafkaBrokers,
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const tool = new ToolProcess(child);
    const ended = tool.ended.then((end) => ({ ...end, summary: summaryIn(json) }));
    return { process: tool, ended };
  }

  load(args: string, env: NodeJS.ProcessEnv = {}): Promise<LoadEnded> {
    return this.start(args, env).ended;
  }

  /** Documents of a run. */
  countStored({ run }: Summary): Promise<number> {
    return this.stored.documents.countDocuments({ tags: `run-${run}` });
  }

  /** Waits until so many more documents are there. */
  async untilStored(more: number): Promise<void> {
    const { documents } = this.stored;
    const before = await documents.countDocuments();
    await eventually(async () => (await documents.countDocuments()) >= before + more, 30_000);
  }
}

/** An empty one where the command wrote none. */
function summaryIn(file: string): Summary {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Summary;
  } catch {
    return {} as Summary;
  }
}
