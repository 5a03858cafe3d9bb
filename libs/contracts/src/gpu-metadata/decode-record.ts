import {
  UnreadableRecord,
  type AcceptedMetadata,
  type DeliveredMetadata,
  type RawRecord,
} from '@libs/domain';
import { headerText, readOrigin, RECORD_HEADERS, REQUIRED_HEADERS } from '../stream/record-headers';
import { readRecordValue } from '../stream/record-value';
import { parseTimestamp } from '../validation/timestamp';
import { expectObject, Violations } from '../validation/violations';
import { readEmbedding } from './embedding';
import { parseEmbeddingDocument } from './embedding-document';
import { LIMITS } from './limits';
import { checkSubmission } from './read-submission';
import { RecordDto, UPCASTERS, type RecordValue, type Upcaster } from './record.dto';

/** What a body may leave out and a record may not. */
const REQUIRED_IN_RECORDS = ['eventId', 'tags', 'attributes'] as const;

/**
 * A decoder that takes the value of any version from 1 on through `upcasters` to the current one, which `dto`
 * describes: version 1 and one more for each upcaster.
 */
export function recordDecoder(
  dto: new () => RecordDto,
  upcasters: readonly Upcaster[],
): (record: RawRecord) => DeliveredMetadata {
  return (record) => {
    const metadata = readRecordValue(record, (bytes) => {
      const body = parseEmbeddingDocument(bytes);
      expectObject(body, new Violations());
      return readRecord(dto, upcast(body, upcasters), record.timestamp);
    });
    checkHeaders(record, metadata.eventId);
    const origin = readOrigin(record);
    return { metadata, position: origin ?? record.position, replayed: origin !== undefined };
  };
}

/**
 * Reads a record of `gpu-metadata` of any published version and validates it like a body: other producers may
 * write the topic.
 *
 * @throws UnreadableRecord — never retriable; its code says why the record belongs on the dead-letter topic
 */
export const decodeRecord = recordDecoder(RecordDto, UPCASTERS);

function upcast(value: RecordValue, upcasters: readonly Upcaster[]): RecordValue {
  const { schemaVersion: version } = value;
  const current = upcasters.length + 1;
  if (version === undefined) {
    throw new UnreadableRecord('invalid_record', '/schemaVersion required: is missing');
  }
  // What is no version is refused by the rule of the field.
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) return value;
  if (version > current) {
    const message = `this worker knows schemaVersion 1 to ${current}; got ${version}: upgrade the worker, then replay`;
    throw new UnreadableRecord('unknown_schema_version', message);
  }
  return upcasters.slice(version - 1).reduce(takeToNext, value);
}

function takeToNext(value: RecordValue, upcaster: Upcaster): RecordValue {
  const version = value.schemaVersion as number;
  try {
    return { ...upcaster(value), schemaVersion: version + 1 };
  } catch (cause) {
    const message = `cannot be taken from schemaVersion ${version} to ${version + 1}`;
    throw new UnreadableRecord('invalid_record', message, { cause });
  }
}

/** @throws InvalidMetadata */
function readRecord(type: new () => RecordDto, body: RecordValue, appendedAt: Date): AcceptedMetadata {
  const violations = new Violations();
  const acceptedAt = typeof body.acceptedAt === 'string' ? parseTimestamp(body.acceptedAt) : undefined;
  // Nothing accepted later could ever replace it. The topic dates records by the broker's clock.
  if (acceptedAt && acceptedAt.getTime() > appendedAt.getTime() + LIMITS.acceptedAheadMs) {
    violations.add('/acceptedAt', 'in_future', 'must be at most 24 hours ahead of the broker');
  }
  const { dto, normalize } = checkSubmission(
    { dto: type, embedding: readEmbedding },
    body,
    acceptedAt ?? new Date(),
    violations,
  );
  for (const name of REQUIRED_IN_RECORDS) {
    if (dto[name] === undefined) violations.add(`/${name}`, 'required', 'is missing');
  }
  // As JSON.parse or as parseEmbeddingDocument read them.
  if (Array.isArray(body.embedding) || body.embedding instanceof Float32Array) {
    violations.add('/embedding', 'wrong_type', 'must be a packed embedding; got an array');
  }
  violations.throwIfAny();
  return {
    ...normalize(),
    eventId: dto.eventId!.toLowerCase(),
    acceptedAt: acceptedAt!,
    producer: { keyId: dto.producer.keyId ?? null },
  };
}

function checkHeaders(record: RawRecord, eventId: string): void {
  const missing = REQUIRED_HEADERS.filter((name) => headerText(record, name) === undefined);
  if (missing.length > 0) throw new UnreadableRecord('missing_header', `lacks ${missing.join(', ')}`);
  const key = record.key === null ? undefined : Buffer.from(record.key).toString('utf8');
  if (headerText(record, RECORD_HEADERS.id) !== eventId || key !== eventId) {
    throw new UnreadableRecord('missing_header', `key and ${RECORD_HEADERS.id} must be the value's eventId`);
  }
}
