import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { digestOf, newApiKey } from '../../../apps/processor-api/src/access/api-key';
import {
  formatKeysFile,
  parseKeysFile,
  type KeyEntry,
} from '../../../apps/processor-api/src/access/keys/keys-file';

const ROOT = resolve(__dirname, '../../..');
const PROGRAM = join(ROOT, 'dist/processor-api/apps/processor-api/src/keys.js');

export interface CommandRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A keys file of the test's own in a temporary folder. */
export class KeyFile {
  // The command refuses a path that goes through a link, as that of macOS's temporary folder does.
  private readonly directory = realpathSync(mkdtempSync(join(tmpdir(), 'api-keys-')));
  readonly path = join(this.directory, 'api-keys.json');

  /** Runs the built `npm run keys`. */
  run(...args: readonly string[]): Promise<CommandRun> {
    const env = { PATH: process.env.PATH, API_KEYS_FILE: this.path };
    const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: ROOT, env });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    return new Promise((settle) =>
      child.once('close', (code) => {
        settle({ code, ...output });
      }),
    );
  }

  /** The key that a command made: the last line of its output. */
  async make(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    if (code !== 0) throw new Error(`keys ${args.join(' ')}: ${stderr}`);
    return stdout.trimEnd().split('\n').at(-1) ?? '';
  }

  /** Adds a key without the command, which takes a second to start. */
  add(id: string, terms: Partial<KeyEntry> = {}): string {
    const key = newApiKey();
    const sha256 = digestOf(key);
    const entry: KeyEntry = {
      id,
      sha256,
      scopes: ['ingest', 'read'],
      createdAt: new Date().toISOString(),
      ...terms,
    };
    this.replace(formatKeysFile([...this.entries(), entry]));
    return key;
  }

  replace(text: string): void {
    writeFileSync(`${this.path}.new`, text);
    renameSync(`${this.path}.new`, this.path);
  }

  text(): string {
    return readFileSync(this.path, 'utf8');
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }

  private entries(): readonly KeyEntry[] {
    try {
      return parseKeysFile(this.text());
    } catch {
      return [];
    }
  }
}
