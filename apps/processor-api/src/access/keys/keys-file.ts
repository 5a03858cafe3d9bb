import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { z } from 'zod';
import { SCOPES } from '../api-key';

export const MAX_QUOTA_PER_MINUTE = 100_000_000;
export const MAX_KEYS = 10_000;
const MAX_BYTES = 8 * 1024 * 1024;
const KEY_ID = /^[A-Za-z0-9._-]{1,64}$/;
/** Opening a named pipe would else wait for a writer. */
const READ_AT_ONCE = constants.O_RDONLY | constants.O_NONBLOCK;

const keyEntry = z.strictObject({
  id: z.string().regex(KEY_ID),
  /** Of the key, in lower-case hexadecimal digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(z.enum(SCOPES)).min(1),
  quotaPerMinute: z.int().min(1).max(MAX_QUOTA_PER_MINUTE).optional(),
  createdAt: z.iso.datetime(),
  rotatedAt: z.iso.datetime().optional(),
  expiresAt: z.iso.datetime().optional(),
  revokedAt: z.iso.datetime().optional(),
});

const keysFile = z.strictObject({ version: z.literal(1), keys: z.array(keyEntry).max(MAX_KEYS) });

/** One key as the file keeps it: never the key, only its hash. A revoked one stays, so that its id keeps its owner. */
export type KeyEntry = z.output<typeof keyEntry>;

/** The keys file cannot be used; the message names the place, never what stands there. */
export class KeysFileFault extends Error {}

/**
 * The entries of the keys file at `path`; none where there is no file.
 *
 * @throws KeysFileFault
 */
export async function readKeysFile(path: string): Promise<readonly KeyEntry[]> {
  try {
    const file = await open(path, READ_AT_ONCE);
    try {
      refuseUnfit(await file.stat());
      return parseKeysFile(await file.readFile('utf8'));
    } finally {
      await file.close();
    }
  } catch (error) {
    return noneIfMissing(error);
  }
}

/** What one opening of the keys file gave. */
export interface OpenedKeysFile {
  readonly keys: readonly KeyEntry[];
  /** Undefined where there is no file. */
  readonly status: Stats | undefined;
}

/** The same for a program that has nothing else to do meanwhile; `flags` of open(2) are added. @throws KeysFileFault */
export function readKeysFileSync(path: string, flags = 0): OpenedKeysFile {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, READ_AT_ONCE | flags);
    const status = fstatSync(descriptor);
    refuseUnfit(status);
    return { keys: parseKeysFile(readFileSync(descriptor, 'utf8')), status };
  } catch (error) {
    return { keys: noneIfMissing(error), status: undefined };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function refuseUnfit(status: Stats): void {
  if (!status.isFile()) throw new KeysFileFault('is no file');
  if (status.size > MAX_BYTES) throw new KeysFileFault(`is larger than ${MAX_BYTES} bytes`);
}

function noneIfMissing(error: unknown): readonly KeyEntry[] {
  if (error instanceof KeysFileFault) throw error;
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return [];
  throw new KeysFileFault(`cannot be read (${code})`, { cause: error });
}

/** @throws KeysFileFault */
export function parseKeysFile(text: string): readonly KeyEntry[] {
  const result = keysFile.safeParse(parsedJson(text));
  if (!result.success) {
    const places = result.error.issues.map(({ path }) => (path.length === 0 ? 'its top' : path.join('.')));
    throw new KeysFileFault(`is not a keys file of version 1: see ${[...new Set(places)].join(', ')}`);
  }
  const { keys } = result.data;
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw new KeysFileFault('names an id twice');
  if (new Set(keys.map(({ sha256 }) => sha256)).size < keys.length) {
    throw new KeysFileFault('holds the same key under two ids');
  }
  return keys;
}

/** The text of a keys file. */
export function formatKeysFile(keys: readonly KeyEntry[]): string {
  return `${JSON.stringify({ version: 1, keys }, null, 2)}\n`;
}

/** Whether a text can name a key: letters, digits, dot, underscore and hyphen, 64 at most. */
export function isKeyId(text: string): boolean {
  return KEY_ID.test(text);
}

/** The parser's own words would repeat the text. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new KeysFileFault('is not JSON');
  }
}
