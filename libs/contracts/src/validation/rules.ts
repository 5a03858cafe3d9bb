import { ValidateBy, ValidateIf, ValidateNested } from 'class-validator';
import { isEventId, type ViolationCode } from '@libs/domain';
import { textSchema, TIMESTAMP_SCHEMA, UUID_SCHEMA, type JsonSchema } from './json-schema';
import { TIMESTAMP_TEXT, timestampFault } from './timestamp';
import { characterCount, isJsonObject, shapeOf, type Report } from './violations';

/** What a rule tells about a value it refuses: a code and the end of the sentence "… must …". */
export interface Fault {
  readonly code: ViolationCode;
  readonly message: string;
}

/** Reports the faults inside a collection, each at its own pointer. */
export type InspectItems = (value: unknown, pointer: string, report: Report) => void;

export interface RuleContext {
  readonly faultOf?: (value: unknown) => Fault | undefined;
  readonly inspect?: InspectItems;
  /** What is checked and kept in the place of the value that was sent. */
  readonly normalize?: (value: unknown) => unknown;
  /** The DTO that the value is an object of. */
  readonly nested?: new () => object;
  /** The same rule for the published schema; what is nested has its own. */
  readonly schema?: JsonSchema;
}

/** A rule of our own; class-validator keeps it, and runs it in the test that compares both. */
export function rule(name: string, context: RuleContext): PropertyDecorator {
  const validate = (value: unknown): boolean => {
    let isSound = context.faultOf?.(value) === undefined;
    context.inspect?.(value, '', () => (isSound = false));
    return isSound;
  };
  const defaultMessage = (): string => 'a rule reports its faults through its context';
  return ValidateBy({ name, validator: { validate, defaultMessage } }, { context });
}

/** The field may be left out; null counts as left out. */
export function Optional(): PropertyDecorator {
  return ValidateIf((_, value) => value !== undefined && value !== null);
}

/** The field may be null but must be there: in an open contract a name misspelt would pass as another field. */
export function OrNull(): PropertyDecorator {
  return ValidateIf((_, value) => value !== null);
}

/** A JSON object with the fields of `type`. */
export function Nested(type: new () => object): PropertyDecorator {
  const validateNested = ValidateNested();
  const isObject = rule('nested', {
    faultOf: (value) => (isJsonObject(value) ? undefined : wrongType('an object', value)),
    nested: type,
  });
  return (target, property) => {
    isObject(target, property);
    validateNested(target, property);
  };
}

/** A string of `min` to `max` characters (Unicode code points). */
export function Text(min: number, max: number): PropertyDecorator {
  return rule('text', {
    faultOf: (value) => textFault(value, min, max),
    schema: textSchema(min, max),
  });
}

/** RFC 3339 text; a fault says what is wrong with it. */
export function Timestamp(): PropertyDecorator {
  const faultOf = (value: unknown): Fault | undefined => {
    if (typeof value !== 'string') return wrongType(`a string with ${TIMESTAMP_TEXT}`, value);
    const fault = timestampFault(value);
    return fault === undefined
      ? undefined
      : { code: 'invalid_format', message: `must be ${TIMESTAMP_TEXT}: ${fault}` };
  };
  return rule('timestamp', { faultOf, schema: TIMESTAMP_SCHEMA });
}

/** The UUID of an event, in either case. */
export function EventId(): PropertyDecorator {
  const faultOf = (value: unknown): Fault | undefined => {
    if (typeof value !== 'string') return wrongType('a string', value);
    if (isEventId(value)) return undefined;
    const message = `must be an RFC 9562 UUID of version 1 to 8; got ${shapeOf(value)}`;
    return { code: 'invalid_format', message };
  };
  return rule('eventId', { faultOf, schema: UUID_SCHEMA });
}

/** One of `allowed`, in exactly this spelling. */
export function OneOf(allowed: readonly string[]): PropertyDecorator {
  const faultOf = (value: unknown): Fault | undefined => {
    if (typeof value !== 'string') return wrongType('a string', value);
    if (allowed.includes(value)) return undefined;
    const message = `must be one of ${allowed.join(', ')}; got ${shapeOf(value)}`;
    return { code: 'invalid_value', message };
  };
  return rule('oneOf', { faultOf, schema: { enum: allowed } });
}

/** An integer from `min` to `max`; `description` is for the published schema. */
export function Integer(min: number, max: number, description?: string): PropertyDecorator {
  const faultOf = (value: unknown): Fault | undefined => {
    if (typeof value !== 'number') return wrongType('an integer', value);
    if (value < min || value > max) return outOfRange(min, max);
    return Number.isInteger(value) ? undefined : wrongType('an integer', value);
  };
  const schema = { type: 'integer', minimum: min, maximum: max, ...(description && { description }) };
  return rule('integer', { faultOf, schema });
}

/** The decimal digits of an integer from `min` to `max`, as a query string brings it. */
export function IntegerText(min: number, max: number): PropertyDecorator {
  const faultOf = (value: unknown): Fault | undefined => {
    if (typeof value !== 'string') return wrongType('a string', value);
    if (!/^\d{1,15}$/.test(value)) return { code: 'invalid_format', message: 'must be an integer' };
    return Number(value) < min || Number(value) > max ? outOfRange(min, max) : undefined;
  };
  return rule('integerText', { faultOf });
}

/** A finite number from `min` to `max`. */
export function FiniteNumber(min: number, max: number): PropertyDecorator {
  const faultOf = (value: unknown): Fault | undefined => {
    if (typeof value !== 'number') return wrongType('a number', value);
    if (!Number.isFinite(value)) return { code: 'not_finite', message: 'must be a finite number' };
    return value < min || value > max ? outOfRange(min, max) : undefined;
  };
  return rule('finiteNumber', { faultOf, schema: { type: 'number', minimum: min, maximum: max } });
}

function outOfRange(min: number, max: number): Fault {
  const limits = max === Number.MAX_VALUE ? `at least ${min}` : `from ${min} to ${max}`;
  return { code: 'out_of_range', message: `must be ${limits}` };
}

/** The fault of a value that is no string of `min` to `max` characters, or holds half a surrogate pair. */
export function textFault(value: unknown, min: number, max: number): Fault | undefined {
  if (typeof value !== 'string') return wrongType('a string', value);
  const count = characterCount(value);
  if (count < min || count > max) {
    const limits = min === 0 ? `at most ${max}` : `${min} to ${max}`;
    return { code: 'out_of_range', message: `must be ${limits} characters; got ${count}` };
  }
  if (!value.isWellFormed())
    return { code: 'invalid_format', message: 'must not hold half a surrogate pair' };
  return undefined;
}

/** The fault of a value of another JSON type. */
export function wrongType(expected: string, value: unknown): Fault {
  return { code: 'wrong_type', message: `must be ${expected}; got ${shapeOf(value)}` };
}
