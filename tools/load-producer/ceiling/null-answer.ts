import { unzipSync, zstdDecompressSync } from 'node:zlib';
import { decode } from '@msgpack/msgpack';

export interface NullRequest {
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

const EVENT_ID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
/** The event id is at the start of what this producer writes. */
const ID_WITHIN = 64;
const NEWLINE = 0x0a;

/** Acknowledges each record of a request of ours by its id, which is all that is read of it. */
export function nullAnswer({ path, headers, body }: NullRequest): Buffer {
  const plain = inflated(body, headers['content-encoding']);
  if (path.startsWith('/v1/metadata/batch'))
    return Buffer.from(`{"results":[${batchResults(plain).join(',')}]}`);
  const id = path === '/v1/gpu-metrics' ? readingId(plain, headers['content-type']) : eventIdIn(plain);
  return Buffer.from(JSON.stringify({ eventId: id }));
}

function batchResults(body: Buffer): string[] {
  const results: string[] = [];
  for (let at = 0, end = 0; end !== -1; at = end + 1) {
    end = body.indexOf(NEWLINE, at);
    results.push(`{"index":${results.length},"status":202,"eventId":"${eventIdIn(body.subarray(at))}"}`);
  }
  return results;
}

function eventIdIn(body: Buffer): string {
  return EVENT_ID.exec(body.toString('latin1', 0, ID_WITHIN))?.[0] ?? '';
}

function readingId(body: Buffer, type: string | string[] | undefined): string {
  const fields = (type === 'application/msgpack' ? decode(body) : JSON.parse(body.toString())) as Record<
    string,
    string
  >;
  return [fields.host, fields.gpu_index, fields.ts].join('/');
}

function inflated(body: Buffer, encoding: string | string[] | undefined): Buffer {
  if (encoding === 'gzip') return unzipSync(body);
  return encoding === 'zstd' ? zstdDecompressSync(body) : body;
}
