import {
  InvalidMetadata,
  PipelineError,
  UnreadableRecord,
  type AcceptedMetadata,
  type DeliveredMetadata,
  type RawRecord,
  type StreamPosition,
} from '@libs/domain';
import { parseJsonDocument } from '../validation/json-document';
import { isJsonObject, shapeOf, Violations } from '../validation/violations';
import { readSubmission } from './parse-submission';
import { ORIGIN_HEADERS, RECORD_HEADERS, REQUIRED_HEADERS } from './record-headers';
import { RecordDto, SCHEMA_VERSION } from './record.dto';
import { parseTimestamp } from './timestamp';

/** What a body may leave out and a record may not. */
const REQUIRED_IN_RECORDS = ['eventId', 'tags', 'attributes'] as const;

/**
 * Reads a record of `gpu-metadata` and validates it like a body: other producers may write the topic.
 *
 * @throws UnreadableRecord — never retriable; its code says why the record belongs on the dead-letter topic
 */
export function decodeRecord(record: RawRecord): DeliveredMetadata {
  const body = parseValue(record.value);
  if (isJsonObject(body) && body.schemaVersion !== SCHEMA_VERSION) {
    const message = `schemaVersion must be ${SCHEMA_VERSION}; got ${describeVersion(body.schemaVersion)}`;
    throw new UnreadableRecord('unknown_schema_version', message);
  }
  const metadata = readRecord(body);
  checkHeaders(record, metadata.eventId);
  const origin = readOrigin(record);
  return { metadata, position: origin ?? record.position, replayed: origin !== undefined };
}

function parseValue(value: Uint8Array | null): unknown {
  if (value === null) throw new UnreadableRecord('tombstone', 'the record has no value');
  try {
    return parseJsonDocument(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  } catch (cause) {
    if (!(cause instanceof PipelineError)) throw cause;
    throw new UnreadableRecord('undecodable_record', cause.message, { cause });
  }
}

function readRecord(body: unknown): AcceptedMetadata {
  const violations = new Violations();
  const acceptedAt = readAcceptedAt(body);
  const submission = readSubmission(RecordDto, body, acceptedAt ?? new Date(), violations);
  for (const name of REQUIRED_IN_RECORDS) {
    if (submission && submission.dto[name] === undefined)
      violations.add(`/${name}`, 'required', 'is missing');
  }
  if (isJsonObject(body) && Array.isArray(body.embedding)) {
    violations.add('/embedding', 'wrong_type', 'must be a packed embedding; got an array');
  }
  try {
    violations.throwIfAny();
  } catch (cause) {
    throw new UnreadableRecord('invalid_record', summaryOf(cause as InvalidMetadata), { cause });
  }
  const { dto, normalize } = submission!;
  return {
    ...normalize(),
    eventId: dto.eventId!.toLowerCase(),
    acceptedAt: acceptedAt!,
    producer: { keyId: dto.producer.keyId ?? null },
  };
}

function readAcceptedAt(body: unknown): Date | undefined {
  return isJsonObject(body) && typeof body.acceptedAt === 'string'
    ? parseTimestamp(body.acceptedAt)
    : undefined;
}

function summaryOf({ violations, omitted }: InvalidMetadata): string {
  const shown = violations.slice(0, 3).map(({ pointer, code, message }) => `${pointer} ${code}: ${message}`);
  const more = violations.length + omitted - shown.length;
  return more > 0 ? `${shown.join('; ')}; and ${more} more` : shown.join('; ');
}

function checkHeaders(record: RawRecord, eventId: string): void {
  const missing = REQUIRED_HEADERS.filter((name) => headerText(record, name) === undefined);
  if (missing.length > 0) throw new UnreadableRecord('missing_header', `lacks ${missing.join(', ')}`);
  const key = record.key === null ? undefined : Buffer.from(record.key).toString('utf8');
  if (headerText(record, RECORD_HEADERS.id) !== eventId || key !== eventId) {
    throw new UnreadableRecord('missing_header', `key and ${RECORD_HEADERS.id} must be the value's eventId`);
  }
}

function readOrigin(record: RawRecord): StreamPosition | undefined {
  const topic = headerText(record, ORIGIN_HEADERS.topic);
  const partition = headerText(record, ORIGIN_HEADERS.partition);
  const offset = headerText(record, ORIGIN_HEADERS.offset);
  if (topic === undefined && partition === undefined && offset === undefined) return undefined;
  if (!topic || !/^\d{1,9}$/.test(partition ?? '') || !/^\d{1,18}$/.test(offset ?? '')) {
    throw new UnreadableRecord('missing_header', `needs all of ${Object.values(ORIGIN_HEADERS).join(', ')}`);
  }
  return { topic, partition: Number(partition), offset: BigInt(offset!) };
}

function headerText(record: RawRecord, name: string): string | undefined {
  const value = record.headers[name];
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : undefined;
}

function describeVersion(value: unknown): string {
  return typeof value === 'number' ? String(value) : value === undefined ? 'none' : shapeOf(value);
}
