import { difference, floats } from '../../vectors/float32-vector';

const SHOWN_CHARACTERS = 80;

/**
 * The first field that was read back otherwise than it was sent, by its pointer, in words; undefined where all that
 * was sent is there. Fields that were added on the way are none of it.
 */
export function contentDifference(sent: unknown, read: unknown, pointer = ''): string | undefined {
  if (Array.isArray(sent)) {
    if (!Array.isArray(read) || read.length !== sent.length) return told(sent, read, pointer);
  } else if (typeof sent !== 'object' || sent === null) {
    return Object.is(sent, read) ? undefined : told(sent, read, pointer);
  }
  if (typeof read !== 'object' || read === null) return told(sent, read, pointer);
  for (const [name, value] of Object.entries(sent)) {
    const found = contentDifference(value, (read as Record<string, unknown>)[name], `${pointer}/${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What differs between two packed vectors, bit for bit, in words; undefined where nothing does. */
export function vectorDifference(sent: string, read: string): string | undefined {
  if (sent === read) return undefined;
  const values = (text: string): number[] => floats(Buffer.from(text, 'base64'));
  return `/embedding: ${difference(values(sent), values(read)) ?? 'the same values, spelled otherwise'}`;
}

function told(sent: unknown, read: unknown, pointer: string): string {
  return `${pointer}: ${shown(sent)} was sent, ${shown(read)} read`;
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}…`;
}
