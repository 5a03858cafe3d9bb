import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What only a key or a body of the tests has: the start of every key, and texts of `submissionBody`. */
const secrets = [/gmk_[\w-]{8,}/, /"embedding":/, /f32le-base64/, /resnet50/, /Tesla T4/, /cat\.jpg/];
const lineShown = 300;

/** What was found in the logs of all apps that a run started. */
export interface LogSearch {
  readonly files: number;
  readonly bytes: number;
  /** The lines that hold a key or a part of a body. */
  readonly leaks: readonly string[];
}

/** Searches every log in `folder` for API keys and bodies. */
export function searchLogs(folder: string): LogSearch {
  const names = readdirSync(folder);
  let bytes = 0;
  const leaks: string[] = [];
  for (const name of names) {
    const text = readFileSync(join(folder, name), 'utf8');
    bytes += text.length;
    for (const line of text.split('\n')) {
      if (secrets.some((secret) => secret.test(line))) leaks.push(`${name}: ${line.slice(0, lineShown)}`);
    }
  }
  return { files: names.length, bytes, leaks };
}
