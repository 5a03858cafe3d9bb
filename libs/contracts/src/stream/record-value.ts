import { InvalidMetadata, PipelineError, UnreadableRecord, type RawRecord } from '@libs/domain';
import type { Violations } from '../validation/violations';

/** A value at all limits of its contract has about half as many. */
const MAX_VALUE_BYTES = 1024 * 1024;

/**
 * The JSON value of a record, as `parse` reads it.
 *
 * @throws UnreadableRecord `tombstone`, `undecodable_record`, `invalid_record` for a value that is too large to parse or
 * breaks a rule of `parse`, or why the record could not be read from the stream
 */
export function parseRecordValue({ value, unread }: RawRecord, parse: (bytes: Buffer) => unknown): unknown {
  if (unread) throw unread.error;
  if (value === null) throw new UnreadableRecord('tombstone', 'the record has no value');
  if (value.length > MAX_VALUE_BYTES) {
    const message = `its value must be at most ${MAX_VALUE_BYTES} bytes; got ${value.length}`;
    throw new UnreadableRecord('invalid_record', message);
  }
  try {
    return parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  } catch (cause) {
    if (cause instanceof InvalidMetadata) throw invalidRecord(cause);
    if (!(cause instanceof PipelineError)) throw cause;
    throw new UnreadableRecord('undecodable_record', cause.message, { cause });
  }
}

/** @throws UnreadableRecord `invalid_record`, whose message names the first three faults */
export function refuseInvalidRecord(violations: Violations): void {
  try {
    violations.throwIfAny();
  } catch (cause) {
    throw invalidRecord(cause as InvalidMetadata);
  }
}

function invalidRecord(cause: InvalidMetadata): UnreadableRecord {
  return new UnreadableRecord('invalid_record', summaryOf(cause), { cause });
}

function summaryOf({ violations, omitted }: InvalidMetadata): string {
  const shown = violations.slice(0, 3).map(({ pointer, code, message }) => `${pointer} ${code}: ${message}`);
  const more = violations.length + omitted - shown.length;
  return more > 0 ? `${shown.join('; ')}; and ${more} more` : shown.join('; ');
}
