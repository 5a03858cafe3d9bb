import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DemoConfig } from './config';
import { DemoError } from './demo-error';

const keyId = 'demo';
const repoDir = resolve(__dirname, '../..');
const program = join(repoDir, 'dist/processor-api/apps/processor-api/src/keys.js');
const knownWithinMs = 15_000;
const askAgainMs = 500;
const answerWithinMs = 10_000;

type Where = Pick<DemoConfig, 'apiUrl' | 'apiKey' | 'apiKeyFile'>;

/**
 * The key the demo sends: the caller's own, none where the API asks for none, the one of an earlier run while it is
 * good, else a new one. Throws a DemoError.
 */
export async function demoApiKey({ apiUrl, apiKey, apiKeyFile }: Where): Promise<string | undefined> {
  if (apiKey !== undefined) return apiKey;
  if (await isAccepted(apiUrl, undefined)) return undefined;
  const kept = keptKey(apiKeyFile);
  if (kept !== undefined && (await isAccepted(apiUrl, kept))) return kept;
  const made = runKeys('create') ?? runKeys('rotate');
  if (made === undefined) throw new DemoError('No API key could be made; look at: npm run keys -- list');
  writeFileSync(apiKeyFile, `${made}\n`, { mode: 0o600 });
  console.log(`   API key ${keyId} made, kept in ${apiKeyFile}`);
  await untilAccepted(apiUrl, made);
  return made;
}

/** Asks with an empty body: whatever else is wrong with that, a key that is not good is told first. */
async function isAccepted(apiUrl: string, apiKey: string | undefined): Promise<boolean> {
  try {
    const answer = await fetch(`${apiUrl}/v1/metadata`, {
      method: 'POST',
      headers: apiKey === undefined ? {} : { 'x-api-key': apiKey },
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const { code } = (await answer.json()) as { code?: string };
    return code !== 'unauthorized' && code !== 'too_many_failures';
  } catch {
    return true; // the posts that follow say what is wrong with the API
  }
}

async function untilAccepted(apiUrl: string, apiKey: string): Promise<void> {
  for (const deadline = Date.now() + knownWithinMs; Date.now() < deadline;) {
    if (await isAccepted(apiUrl, apiKey)) return;
    await sleep(askAgainMs);
  }
  throw new DemoError(
    'The API does not know the key that was just made: it reads another API_KEYS_FILE or STACK_DIR.\n' +
      'Start it again with the settings of this shell: make stop && make demo',
  );
}

function keptKey(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** The key that the command made; undefined where it refused. */
function runKeys(command: 'create' | 'rotate'): string | undefined {
  const run = spawnSync(process.execPath, [program, command, '--id', keyId], {
    cwd: repoDir,
    encoding: 'utf8',
  });
  return run.status === 0 ? run.stdout.trimEnd().split('\n').at(-1) : undefined;
}
