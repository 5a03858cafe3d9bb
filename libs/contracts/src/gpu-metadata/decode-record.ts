import type { DeliveredMetadata, RawRecord } from '@libs/domain';
import { RecordDto } from './record.dto';
import { recordDecoder } from './record-decoder';
import { UPCASTERS } from './upcasters';

const decode = recordDecoder(RecordDto, UPCASTERS);

/**
 * Reads a record of `gpu-metadata` of any published version and validates it like a body: other producers may
 * write the topic.
 *
 * @throws UnreadableRecord — never retriable; its code says why the record belongs on the dead-letter topic
 */
export function decodeRecord(record: RawRecord): DeliveredMetadata {
  return decode(record);
}
