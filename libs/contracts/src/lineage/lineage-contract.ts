import {
  isEventId,
  type AdditionalValue,
  type DeliveredLineage,
  type LineageEvent,
  type LineageSubmission,
  type RawRecord,
} from '@libs/domain';
import { readOrigin } from '../stream/record-origin';
import { parseRecordValue, refuseInvalidRecord } from '../stream/record-value';
import { namedFieldsOf, validateDto } from '../validation/dto-validator';
import { flatMapInspector } from '../validation/flat-map';
import { checkIdempotencyKey, readIdempotencyKey, type IdempotencyKey } from '../validation/idempotency-key';
import { parseBody, type BodyContext } from '../validation/body';
import { parseTimestamp } from '../validation/timestamp';
import { parseJsonDocument } from '../validation/json-document';
import { isJsonObject, shapeOf, Violations } from '../validation/violations';
import { ADDITIONAL_FIELDS, LINEAGE_LIMITS } from './limits';
import { readProducer } from './record-producer';

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
    const named = this.withEventId(body, idempotencyKey, violations);
    const sound = this.check(named, now, violations);
    violations.throwIfAny();
    return sound();
  }

  /**
   * Validates a record like a body. Producers write these topics without our API: any key and headers will do.
   *
   * @throws UnreadableRecord — its code says why the record belongs on the dead-letter topic
   */
  decode(record: RawRecord): DeliveredLineage<Event> {
    const violations = new Violations();
    const sound = this.check(parseRecordValue(record, parseJsonDocument), new Date(), violations);
    refuseInvalidRecord(violations);
    const position = readOrigin(record) ?? record.position;
    return { event: sound().event, producer: readProducer(record), position };
  }

  private withEventId(body: unknown, sent: IdempotencyKey | undefined, violations: Violations): unknown {
    const { eventIdField: field } = this.rules;
    if (field === undefined || !isJsonObject(body)) return body;
    const key = readIdempotencyKey(sent, `/${field}`, violations);
    const given = body[field] ?? undefined;
    if (given === undefined) return key === undefined ? body : { ...body, [field]: key };
    const named = typeof given === 'string' && isEventId(given) ? given.toLowerCase() : undefined;
    checkIdempotencyKey({ key, named }, `/${field}`, violations);
    return body;
  }

  /** Reports all faults together; what it answers may be called where there was none. */
  private check(body: unknown, now: Date, violations: Violations): () => LineageSubmission<Event> {
    if (!isJsonObject(body)) {
      violations.add('', 'wrong_type', `must be an object; got ${shapeOf(body)}`);
      return unreachable;
    }
    const names = namedFieldsOf(this.dto);
    const fields = Object.entries(body);
    const named = Object.fromEntries(fields.filter(([name]) => names.has(name)));
    const additional = Object.fromEntries(fields.filter(([name]) => !names.has(name))) as Fields;
    const dto = validateDto(this.dto, named, violations);
    inspectAdditional(additional, '', violations.add);
    const ts = typeof dto.ts === 'string' ? parseTimestamp(dto.ts) : undefined;
    if (ts && ts.getTime() > now.getTime() + LINEAGE_LIMITS.aheadMs) {
      violations.add('/ts', 'in_future', 'must be at most 24 hours ahead of the clock');
    }
    return () => {
      const written = body as Fields;
      return { event: this.rules.toEvent(dto, { ts: ts!, additional, written }), written };
    };
  }
}

function unreachable(): never {
  throw new Error('a body that is no object was reported');
}
