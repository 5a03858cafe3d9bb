import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Records embed base64 of random bytes, which a higher level compresses no better, only later. */
const LEVEL = 1;
const CHUNK_CHARACTERS = 256 * 1024;

/** Lines of text as gzip without a time in it: equal lines give equal bytes. Rejects with what the lines throw. */
export async function gzipLines(lines: Iterable<string>): Promise<Uint8Array> {
  const compressed: Buffer[] = [];
  await pipeline(chunksOf(lines), createGzip({ level: LEVEL }), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) compressed.push(chunk);
  });
  return Buffer.concat(compressed);
}

function* chunksOf(lines: Iterable<string>): Generator<Buffer> {
  let text = '';
  for (const line of lines) {
    text += `${line}\n`;
    if (text.length < CHUNK_CHARACTERS) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}
