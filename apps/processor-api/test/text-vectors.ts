import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const PACKAGES = resolve(__dirname, '../../../node_modules');
const TEXT = /\.(?:md|js|ts|mjs|cjs|json)$/;
const MAX_CHARACTERS = 4_096;

/**
 * Real vectors without a download: the word counts (1 + log) of texts that lie in the installed packages, hashed to
 * `dimension` values. Like embeddings they are of all lengths, crowd in places and lie far apart in others; licences
 * that many packages share are exact ties.
 */
export function textVectors(count: number, dimension: number): Float32Array[] {
  const vectors: Float32Array[] = [];
  for (const file of textsUnder(PACKAGES)) {
    if (vectors.length === count) break;
    vectors.push(vectorOf(readFileSync(file, 'utf8').slice(0, MAX_CHARACTERS), dimension));
  }
  return vectors;
}

function* textsUnder(folder: string): Iterable<string> {
  const entries = readdirSync(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* textsUnder(path);
    else if (entry.isFile() && TEXT.test(entry.name)) yield path;
  }
}

function vectorOf(text: string, dimension: number): Float32Array {
  const counts = new Float32Array(dimension);
  for (const [word] of text.toLowerCase().matchAll(/\p{L}+/gu)) counts[hashOf(word) % dimension]! += 1;
  return counts.map((count) => (count === 0 ? 0 : 1 + Math.log(count)));
}

/** Source: FNV-1a, 32 bits. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
