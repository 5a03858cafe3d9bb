import { randomUUID } from 'node:crypto';
import { parseJsonDocument } from '../validation/json-document';
import { isJsonObject } from '../validation/violations';
import { readNumberArray } from './embedding-kernel/number-array';
import { readPackedText } from './embedding-kernel/packed-text';

const EMBEDDING = '"embedding"';
const DATA = '"data"';
const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
const SPACE: readonly (number | undefined)[] = [0x20, 0x0a, 0x0d, 0x09];

/** Stands in the text in the place of what was taken out of it: nobody can send it who does not know it. */
const PLACE = randomUUID();
const PLACE_TEXT = Buffer.from(JSON.stringify(PLACE));

/**
 * parseJsonDocument for a document with an embedding: its numbers, or the text of a packed one, nearly all of the
 * document, are taken out before the rest is parsed. Whatever is unusual is left to parseJsonDocument as a whole.
 *
 * Numbers that were taken out are a Float32Array in the document's place for them, a text is a PackedText, both with
 * their values in memory that the next call writes: readEmbedding copies them out of it, readPackedEmbedding packs
 * numbers and leaves a text where it lies, in `bytes`.
 *
 * @throws what parseJsonDocument throws, for the same documents
 */
export function parseEmbeddingDocument(bytes: Buffer): unknown {
  return parseAround(bytes) ?? parseJsonDocument(bytes);
}

function parseAround(bytes: Buffer): unknown {
  const embeddingAt = valueOf(bytes, EMBEDDING, 0);
  if (bytes[embeddingAt] === OPEN_ARRAY) return parseAroundNumbers(bytes, embeddingAt);
  if (bytes[embeddingAt] === OPEN_OBJECT) return parseAroundPacked(bytes, embeddingAt);
  return undefined;
}

function parseAroundNumbers(bytes: Buffer, start: number): unknown {
  const numbers = readNumberArray(bytes, start + 1);
  if (!numbers) return undefined;
  const document = parseWithPlace(bytes, start, numbers.end);
  // There may be another `embedding`, which counts instead.
  if (document?.embedding !== PLACE) return undefined;
  document.embedding = numbers.vector;
  return document;
}

function parseAroundPacked(bytes: Buffer, embeddingAt: number): unknown {
  const start = valueOf(bytes, DATA, embeddingAt);
  const end = bytes[start] === QUOTE ? bytes.indexOf(QUOTE, start + 1) + 1 : 0;
  if (end === 0) return undefined;
  const data = readPackedText(bytes.subarray(start + 1, end - 1));
  if (!data) return undefined;
  const document = parseWithPlace(bytes, start, end);
  // There may be another `data`, or another `embedding`, which counts instead.
  if (!isJsonObject(document?.embedding) || document.embedding.data !== PLACE) return undefined;
  document.embedding.data = data;
  return document;
}

/** The document with PLACE instead of what lies from `start` to `end`; undefined where that is no object. */
function parseWithPlace(bytes: Buffer, start: number, end: number): Record<string, unknown> | undefined {
  const rest = Buffer.concat([bytes.subarray(0, start), PLACE_TEXT, bytes.subarray(end)]);
  try {
    const document = parseJsonDocument(rest);
    return isJsonObject(document) ? document : undefined;
  } catch {
    return undefined;
  }
}

/** Where the value of the first such key from `from` on begins; −1 where there is none. */
function valueOf(bytes: Buffer, key: string, from: number): number {
  const keyAt = bytes.indexOf(key, from, 'latin1');
  if (keyAt === -1) return -1;
  let at = keyAt + key.length;
  while (SPACE.includes(bytes[at])) at += 1;
  if (bytes[at] !== COLON) return -1;
  at += 1;
  while (SPACE.includes(bytes[at])) at += 1;
  return at;
}
