import { InvalidMetadata, PipelineError, UnreadableRecord } from '@libs/domain';
import type { Violations } from '../validation/violations';

/**
 * The JSON value of a record, as `parse` reads it.
 *
 * @throws UnreadableRecord `tombstone`, `undecodable_record`
 */
export function parseRecordValue(value: Uint8Array | null, parse: (bytes: Buffer) => unknown): unknown {
  if (value === null) throw new UnreadableRecord('tombstone', 'the record has no value');
  try {
    return parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  } catch (cause) {
    if (!(cause instanceof PipelineError)) throw cause;
    throw new UnreadableRecord('undecodable_record', cause.message, { cause });
  }
}

/** @throws UnreadableRecord `invalid_record`, whose message names the first three faults */
export function refuseInvalidRecord(violations: Violations): void {
  try {
    violations.throwIfAny();
  } catch (cause) {
    throw new UnreadableRecord('invalid_record', summaryOf(cause as InvalidMetadata), { cause });
  }
}

function summaryOf({ violations, omitted }: InvalidMetadata): string {
  const shown = violations.slice(0, 3).map(({ pointer, code, message }) => `${pointer} ${code}: ${message}`);
  const more = violations.length + omitted - shown.length;
  return more > 0 ? `${shown.join('; ')}; and ${more} more` : shown.join('; ');
}
