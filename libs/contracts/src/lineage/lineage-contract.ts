import type { AdditionalValue, DeliveredLineage, LineageEvent, RawRecord } from '@libs/domain';
import { readOrigin } from '../stream/record-origin';
import { parseRecordValue, refuseInvalidRecord } from '../stream/record-value';
import { namedFieldsOf, validateDto } from '../validation/dto-validator';
import { flatMapInspector } from '../validation/flat-map';
import { parseJsonDocument } from '../validation/json-document';
import { parseTimestamp } from '../validation/timestamp';
import { isJsonObject, shapeOf, Violations } from '../validation/violations';
import { ADDITIONAL_FIELDS, LINEAGE_LIMITS } from './limits';

type Fields = Readonly<Record<string, AdditionalValue>>;

/** What every event has, once it was found sound. */
export interface SoundFields {
  readonly ts: Date;
  /** The fields that the contract does not name. */
  readonly additional: Fields;
  /** All fields as the producer wrote them: an identity that is taken of the value is taken of this one. */
  readonly written: Fields;
}

const inspectAdditional = flatMapInspector(ADDITIONAL_FIELDS);

/** An open contract: the fields that `dto` names, and flat ones besides, which are kept as they are. */
export class LineageContract<Dto extends { readonly ts: string }, Event extends LineageEvent> {
  constructor(
    private readonly dto: new () => Dto,
    private readonly toEvent: (dto: Dto, sound: SoundFields) => Event,
  ) {}

  /** @throws PipelineError `invalid_encoding`, `nesting_too_deep`, `invalid_json`; InvalidMetadata */
  parse(body: Buffer, now: Date): Event {
    const violations = new Violations();
    const makeEvent = this.check(parseJsonDocument(body), now, violations);
    violations.throwIfAny();
    return makeEvent();
  }

  /**
   * Validates a record like a body. Producers write these topics without our API: any key and headers will do.
   *
   * @throws UnreadableRecord — its code says why the record belongs on the dead-letter topic
   */
  decode(record: RawRecord): DeliveredLineage<Event> {
    const violations = new Violations();
    const makeEvent = this.check(parseRecordValue(record.value), new Date(), violations);
    refuseInvalidRecord(violations);
    return { event: makeEvent(), position: readOrigin(record) ?? record.position };
  }

  /** Reports all faults together; what it answers may be called where there was none. */
  private check(body: unknown, now: Date, violations: Violations): () => Event {
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
    return () => this.toEvent(dto, { ts: ts!, additional, written: body as Fields });
  }
}

function unreachable(): never {
  throw new Error('a body that is no object was reported');
}
