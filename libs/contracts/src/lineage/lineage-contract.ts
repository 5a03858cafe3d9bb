import {
  isEventId,
  UnreadableRecord,
  type AdditionalValue,
  type DeliveredLineage,
  type LineageEvent,
  type LineageSubmission,
  type Producer,
  type RawRecord,
} from '@libs/domain';
import { headerText, PRODUCER_KEY_ID, readOrigin } from '../stream/record-headers';
import { readRecordValue } from '../stream/record-value';
import { objectFields } from '../validation/dto-schema';
import { checksOf, validateDto } from '../validation/dto-validator';
import { flatMapInspector, flatMapSchema, type FlatMapRules } from '../validation/flat-map';
import { checkIdempotencyKey, readIdempotencyKey, type IdempotencyKey } from '../validation/idempotency-key';
import { parseBody, type BodyContext } from '../validation/body';
import { parseTimestamp } from '../validation/timestamp';
import { parseJsonDocument } from '../validation/json-document';
import { JSON_SCHEMA_DIALECT, type JsonSchema } from '../validation/json-schema';
import { expectObject, Violations } from '../validation/violations';

/** Every limit of the lineage contracts, in the units of their fields, in characters or milliseconds. */
export const LINEAGE_LIMITS = {
  hostCharacters: 253,
  gpuIndex: 1023,
  utilizationPercent: 100,
  modelCharacters: 128,
  tokens: Number.MAX_SAFE_INTEGER,
  aheadMs: 24 * 60 * 60 * 1000,
} as const;

/** The fields that a contract does not name: kept as they are, beside the others. */
const ADDITIONAL_FIELDS: FlatMapRules = {
  maxEntries: 64,
  maxCharacters: 1024,
  // What would reach an object's prototype, mislead the database's driver, or hide what the worker adds.
  reservedKeys: ['__proto__', 'constructor', '_id', '_bsontype', 'processedAt', 'pipeline'],
};

const KEY_ID = /^[A-Za-z0-9._-]{1,128}$/;

type Fields = Readonly<Record<string, AdditionalValue>>;

/** What every event has, once it was found sound. */
export interface SoundFields {
  readonly ts: Date;
  /** The fields that the contract does not name. */
  readonly additional: Fields;
  /** All fields as the producer wrote them: an identity that is taken of the value is taken of this one. */
  readonly written: Fields;
}

/** How a contract makes its events, and which of its fields, if any, names one. */
export interface LineageRules<Dto, Event extends LineageEvent> {
  readonly toEvent: (dto: Dto, sound: SoundFields) => Event;
  readonly eventIdField?: keyof Dto & string;
}

const inspectAdditional = flatMapInspector(ADDITIONAL_FIELDS);

/** An open contract: the fields that `dto` names, and flat ones besides, which are kept as they are. */
export class LineageContract<Dto extends { readonly ts: string }, Event extends LineageEvent> {
  constructor(
    private readonly dto: new () => Dto,
    private readonly rules: LineageRules<Dto, Event>,
  ) {}

  /**
   * Reads a body. Where a field names the event, Idempotency-Key fills it in; else the header says nothing that the
   * body does not.
   *
   * @throws InvalidMetadata, InvalidJson; PipelineError `invalid_encoding`, `nesting_too_deep`, `invalid_msgpack`
   */
  read(bytes: Buffer, { now, format, idempotencyKey }: BodyContext): LineageSubmission<Event> {
    const violations = new Violations();
    const body = parseBody(bytes, format, parseJsonDocument);
    expectObject(body, violations);
    return this.check(this.withEventId(body, idempotencyKey, violations), now, violations);
  }

  /**
   * Validates a record like a body. Producers write these topics without our API: any key and headers will do.
   *
   * @throws UnreadableRecord — its code says why the record belongs on the dead-letter topic
   */
  decode(record: RawRecord): DeliveredLineage<Event> {
    const { event } = readRecordValue(record, (bytes) => {
      const violations = new Violations();
      const body = parseJsonDocument(bytes);
      expectObject(body, violations);
      return this.check(body, new Date(), violations);
    });
    const position = readOrigin(record) ?? record.position;
    return { event, producer: readProducer(record), position };
  }

  private withEventId(
    body: Record<string, unknown>,
    sent: IdempotencyKey | undefined,
    violations: Violations,
  ): Record<string, unknown> {
    const { eventIdField: field } = this.rules;
    if (field === undefined) return body;
    const key = readIdempotencyKey(sent, `/${field}`, violations);
    const given = body[field] ?? undefined;
    if (given === undefined) return key === undefined ? body : { ...body, [field]: key };
    const named = typeof given === 'string' && isEventId(given) ? given.toLowerCase() : undefined;
    checkIdempotencyKey({ key, named }, `/${field}`, violations);
    return body;
  }

  /** @throws InvalidMetadata with all faults together */
  private check(body: Record<string, unknown>, now: Date, violations: Violations): LineageSubmission<Event> {
    const { byName: names } = checksOf(this.dto);
    const fields = Object.entries(body);
    const named = Object.fromEntries(fields.filter(([name]) => names.has(name)));
    const additional = Object.fromEntries(fields.filter(([name]) => !names.has(name))) as Fields;
    const dto = validateDto(this.dto, named, violations);
    inspectAdditional(additional, '', violations.add);
    const ts = typeof dto.ts === 'string' ? parseTimestamp(dto.ts) : undefined;
    if (ts && ts.getTime() > now.getTime() + LINEAGE_LIMITS.aheadMs) {
      violations.add('/ts', 'in_future', 'must be at most 24 hours ahead of the clock');
    }
    violations.throwIfAny();
    const written = body as Fields;
    return { event: this.rules.toEvent(dto, { ts: ts!, additional, written }), written };
  }
}

/**
 * Whose a lineage record is; nobody's where a producer wrote the topic itself and names none.
 *
 * @throws UnreadableRecord `missing_header` — a record whose owner cannot be told must not become somebody else's
 */
function readProducer(record: RawRecord): Producer {
  if (record.headers[PRODUCER_KEY_ID] === undefined) return { keyId: null };
  const keyId = headerText(record, PRODUCER_KEY_ID);
  if (keyId !== undefined && KEY_ID.test(keyId)) return { keyId };
  throw new UnreadableRecord('missing_header', `${PRODUCER_KEY_ID} must name one API key id`);
}

/** The schema of an open contract. Only the worker can check what needs the clock. */
export function lineageSchema(title: string, dto: new () => object): JsonSchema {
  const { required, properties } = objectFields(dto);
  return {
    $schema: JSON_SCHEMA_DIALECT,
    title,
    type: 'object',
    required,
    properties,
    maxProperties: Object.keys(properties).length + ADDITIONAL_FIELDS.maxEntries,
    ...flatMapSchema(ADDITIONAL_FIELDS),
  };
}
