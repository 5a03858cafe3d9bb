import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { replacePrivateFile } from '../../libs/platform/src/private-file';

const repoDir = resolve(__dirname, '../..');
const program = join(repoDir, 'dist/processor-api/apps/processor-api/src/keys.js');
const knownWithinMs = 15_000;
const askAgainMs = 500;
const answerWithinMs = 10_000;

/** No key could be had; the message says why and what to do. */
export class ApiKeyFault extends Error {
  override readonly name = 'ApiKeyFault';
}

/** A key that a tool makes for itself: the API keeps its hash, and `file` the key, for this user's eyes alone. */
export interface KeptApiKey {
  readonly apiUrl: string;
  /** Of the tool's own: a lost key of this id is rotated. */
  readonly keyId: string;
  /** Absolute. */
  readonly file: string;
}

/** The key of an earlier run while it is good, else a new one, once the API knows it. @throws ApiKeyFault */
export async function keptApiKey({ apiUrl, keyId, file }: KeptApiKey): Promise<string> {
  const kept = readKey(file);
  if (kept !== undefined && (await isAccepted(apiUrl, kept))) return kept;
  const made = runKeys('create', keyId) ?? runKeys('rotate', keyId);
  if (made === undefined) throw new ApiKeyFault('No API key could be made; look at: npm run keys -- list');
  replacePrivateFile(file, `${made}\n`);
  console.log(`   API key ${keyId} made, kept in ${file}`);
  await untilAccepted(apiUrl, made);
  return made;
}

/**
 * Whether the API serves requests with this key, or without one. Asks with an empty body: whatever else is wrong with
 * that, a key that is not good is told first. True where nothing answers: what follows says what is wrong with the API.
 */
export async function isAccepted(apiUrl: string, apiKey: string | undefined): Promise<boolean> {
  try {
    const answer = await fetch(`${apiUrl}/v1/metadata`, {
      method: 'POST',
      headers: apiKey === undefined ? {} : { 'x-api-key': apiKey },
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const { code } = (await answer.json()) as { code?: string };
    return code !== 'unauthorized' && code !== 'too_many_failures';
  } catch {
    return true;
  }
}

async function untilAccepted(apiUrl: string, apiKey: string): Promise<void> {
  for (const deadline = Date.now() + knownWithinMs; Date.now() < deadline;) {
    if (await isAccepted(apiUrl, apiKey)) return;
    await sleep(askAgainMs);
  }
  throw new ApiKeyFault(
    'The API does not know the key that was just made: it reads another API_KEYS_FILE or STACK_DIR.\n' +
      'Start it again with the settings of this shell: make stop && make up, or make run-local-processor',
  );
}

function readKey(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** The key that the command made; undefined where it refused. */
function runKeys(command: 'create' | 'rotate', keyId: string): string | undefined {
  const run = spawnSync(process.execPath, [program, command, '--id', keyId], {
    cwd: repoDir,
    encoding: 'utf8',
  });
  return run.status === 0 ? run.stdout.trimEnd().split('\n').at(-1) : undefined;
}
