import { InvalidMetadata, PipelineError, UnreadableRecord, type RawRecord } from '@libs/domain';

/** A value at all limits of its contract has about half as many. */
const MAX_VALUE_BYTES = 1024 * 1024;

/**
 * What `read` makes of the value of a record.
 *
 * @throws UnreadableRecord `tombstone`; `undecodable_record` or `invalid_record` for a value that is too large or that
 * `read` refuses, with the first three faults in its message; or why the record could not be read from the stream
 */
export function readRecordValue<Value>({ value, unread }: RawRecord, read: (bytes: Buffer) => Value): Value {
  if (unread) throw unread.error;
  if (value === null) throw new UnreadableRecord('tombstone', 'the record has no value');
  if (value.length > MAX_VALUE_BYTES) {
    const message = `its value must be at most ${MAX_VALUE_BYTES} bytes; got ${value.length}`;
    throw new UnreadableRecord('invalid_record', message);
  }
  try {
    return read(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  } catch (cause) {
    if (cause instanceof InvalidMetadata) {
      throw new UnreadableRecord('invalid_record', summaryOf(cause), { cause });
    }
    if (cause instanceof UnreadableRecord || !(cause instanceof PipelineError)) throw cause;
    throw new UnreadableRecord('undecodable_record', cause.message, { cause });
  }
}

function summaryOf({ violations, omitted }: InvalidMetadata): string {
  const shown = violations.slice(0, 3).map(({ pointer, code, message }) => `${pointer} ${code}: ${message}`);
  const more = violations.length + omitted - shown.length;
  return more > 0 ? `${shown.join('; ')}; and ${more} more` : shown.join('; ');
}
