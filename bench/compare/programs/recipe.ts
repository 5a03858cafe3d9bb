import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a peer is built of, and a name that changes with it. */
export interface Recipe {
  readonly folder: string;
  readonly key: string;
}

/** The recipe in the folder `peers/<name>`. */
export function recipe(name: string, files: readonly string[]): Recipe {
  const folder = join(__dirname, '..', 'peers', name);
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(folder, file)));
  return { folder, key: hash.digest('hex').slice(0, 12) };
}
