import { access, constants, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/**
 * What lets others than its owner change the keys file or put another in its place, each with what corrects it; empty
 * where nothing does. What is mounted read-only, as a Secret is, nobody can change.
 */
export async function exposuresOf(path: string): Promise<readonly string[]> {
  const file = await realpath(path).catch(() => path);
  const places = new Set([file, dirname(file), dirname(path)]);
  const found = await Promise.all([...places].map(exposureOf));
  return found.filter((exposure) => exposure !== undefined);
}

async function exposureOf(place: string): Promise<string | undefined> {
  const status = await stat(place).catch(() => undefined);
  if (status === undefined || (status.mode & WRITABLE_BY_OTHERS) === 0) return undefined;
  if (await isReadOnly(place)) return undefined;
  const mode = (status.mode & 0o7777).toString(8).padStart(4, '0');
  if (status.isDirectory() && (status.mode & STICKY) !== 0) {
    return `others may make files in ${place} (mode ${mode}): keep the keys file in a folder of its own`;
  }
  return `others may write ${place} (mode ${mode}): chmod go-w ${place}`;
}

/** A permission alone does not tell: what is mounted read-only keeps its mode. */
async function isReadOnly(place: string): Promise<boolean> {
  try {
    await access(place, constants.W_OK);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS';
  }
}
