import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const tailBytes = 64 * 1024;

/** Bytes [from, end) of a file that may be missing or shorter than before; a file that shrank is read from its start. */
export function readFrom(file: string, from: number): { text: string; next: number } {
  let handle: number;
  try {
    handle = openSync(file, 'r');
  } catch {
    return { text: '', next: 0 };
  }
  try {
    const { size } = fstatSync(handle);
    const start = size < from ? 0 : Math.max(from, size - tailBytes);
    const bytes = Buffer.alloc(size - start);
    const read = readSync(handle, bytes, 0, bytes.length, start);
    return { text: bytes.toString('utf8', 0, read), next: start + read };
  } finally {
    closeSync(handle);
  }
}

/** The last lines of a file, at most 64 KiB; none when it is missing. */
export function lastLines(file: string, count: number): string[] {
  const lines = readFrom(file, 0).text.split('\n');
  return lines.filter((line) => line.trim() !== '').slice(-count);
}
