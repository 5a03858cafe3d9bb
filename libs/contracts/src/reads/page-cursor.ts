import { createHash } from 'node:crypto';
import { isEventId, type CapturePosition, type MetadataFilter } from '@libs/domain';
import { isInTimestampRange } from '../validation/timestamp';

const VERSION = 1;
const DIGEST_BYTES = 8;
const ID_BYTES = 16;
const LENGTH = 1 + DIGEST_BYTES + 8 + ID_BYTES;

/**
 * The text that continues a list: version, digest of the filter, instant and eventId where the page ended. It is no
 * secret and no proof: whoever makes one up only chooses where a page begins, among the instants the filter means.
 */
export function encodeCursor({ capturedAt, eventId }: CapturePosition, filter: MetadataFilter): string {
  const bytes = Buffer.alloc(LENGTH);
  bytes.writeUInt8(VERSION, 0);
  digestOf(filter).copy(bytes, 1);
  bytes.writeBigInt64BE(BigInt(capturedAt.getTime()), 1 + DIGEST_BYTES);
  bytes.write(eventId.replaceAll('-', ''), LENGTH - ID_BYTES, 'hex');
  return bytes.toString('base64url');
}

/** Where the page behind `text` begins; undefined when it is none of ours, or of another filter. */
export function decodeCursor(text: string, filter: MetadataFilter): CapturePosition | undefined {
  const bytes = Buffer.from(text, 'base64url');
  // Node skips what is not base64url and accepts what is not canonical; only the round trip tells.
  if (bytes.length !== LENGTH || bytes.toString('base64url') !== text) return undefined;
  const isOurs = bytes[0] === VERSION && digestOf(filter).equals(bytes.subarray(1, 1 + DIGEST_BYTES));
  const milliseconds = Number(bytes.readBigInt64BE(1 + DIGEST_BYTES));
  const eventId = bytes
    .toString('hex', LENGTH - ID_BYTES)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  if (!isOurs || !isWithin(milliseconds, filter) || !isEventId(eventId)) return undefined;
  return { capturedAt: new Date(milliseconds), eventId };
}

/** Whether a page of the filter can end then; a database may refuse an instant at which nothing is captured. */
function isWithin(milliseconds: number, { from, to }: MetadataFilter): boolean {
  const isInRange =
    milliseconds >= (from?.getTime() ?? -Infinity) && milliseconds < (to?.getTime() ?? Infinity);
  return isInRange && isInTimestampRange(milliseconds);
}

function digestOf({ model, deviceName, tag, from, to }: MetadataFilter): Buffer {
  const fields = [model, deviceName, tag, from?.getTime(), to?.getTime()].map((field) => field ?? null);
  return createHash('sha256').update(JSON.stringify(fields)).digest().subarray(0, DIGEST_BYTES);
}
