import { ValidateBy, ValidateIf, ValidateNested } from 'class-validator';
import { ViolationCode } from '@libs/domain';
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
}

const NEVER_EMPTY = 'a rule reports its faults through its context';

function rule(
  name: string,
  faultOf: (value: unknown) => Fault | undefined,
  normalize?: RuleContext['normalize'],
): PropertyDecorator {
  const context: RuleContext = { faultOf, ...(normalize && { normalize }) };
  return ValidateBy(
    {
      name,
      validator: {
        validate: (value: unknown) => faultOf(value) === undefined,
        defaultMessage: () => NEVER_EMPTY,
      },
    },
    { context },
  );
}

const nestedTypes = new Map<unknown, Map<string, new () => object>>();

/** The DTO class behind a nested property, if there is one. */
export function nestedTypeOf(dto: unknown, property: string): (new () => object) | undefined {
  for (let type = dto; typeof type === 'function'; type = Object.getPrototypeOf(type)) {
    const found = nestedTypes.get(type)?.get(property);
    if (found) return found;
  }
  return undefined;
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
  const isObject = rule('nested', (value) =>
    isJsonObject(value) ? undefined : wrongType('an object', value),
  );
  return (target, property) => {
    const ofClass = nestedTypes.get(target.constructor) ?? new Map<string, new () => object>();
    nestedTypes.set(target.constructor, ofClass.set(String(property), type));
    isObject(target, property);
    validateNested(target, property);
  };
}

/** A string of `min` to `max` characters (Unicode code points). */
export function Text(min: number, max: number): PropertyDecorator {
  return rule('text', (value) => textFault(value, min, max));
}

/** A string that `normalize` rewrites first; what it answers has `min` to `max` characters and is kept. */
export function NormalizedText(
  normalize: (text: string) => string,
  min: number,
  max: number,
): PropertyDecorator {
  return rule(
    'normalizedText',
    (value) => textFault(value, min, max),
    (value) => (typeof value === 'string' ? normalize(value) : value),
  );
}

/** RFC 3339 text; a fault says what is wrong with it. */
export function Timestamp(): PropertyDecorator {
  return rule('timestamp', (value) => {
    if (typeof value !== 'string') return wrongType(`a string with ${TIMESTAMP_TEXT}`, value);
    const fault = timestampFault(value);
    return fault === undefined
      ? undefined
      : { code: 'invalid_format', message: `must be ${TIMESTAMP_TEXT}: ${fault}` };
  });
}

/** A string that passes `test`; `expected` ends the sentence "must be …". */
export function TextLike(test: (text: string) => boolean, expected: string): PropertyDecorator {
  return rule('textLike', (value) => {
    if (typeof value !== 'string') return wrongType('a string', value);
    return test(value)
      ? undefined
      : { code: 'invalid_format', message: `must be ${expected}; got ${shapeOf(value)}` };
  });
}

/** One of `allowed`, in exactly this spelling. */
export function OneOf(allowed: readonly string[]): PropertyDecorator {
  const message = `must be one of ${allowed.join(', ')}`;
  return rule('oneOf', (value) => {
    if (typeof value !== 'string') return wrongType('a string', value);
    return allowed.includes(value)
      ? undefined
      : { code: 'invalid_value', message: `${message}; got ${shapeOf(value)}` };
  });
}

/** An integer from `min` to `max`. */
export function Integer(min: number, max: number): PropertyDecorator {
  return rule('integer', (value) => {
    if (typeof value !== 'number') return wrongType('an integer', value);
    if (value < min || value > max) {
      return { code: 'out_of_range', message: `must be from ${min} to ${max}` };
    }
    return Number.isInteger(value) ? undefined : wrongType('an integer', value);
  });
}

/** The decimal digits of an integer from `min` to `max`, as a query string brings it. */
export function IntegerText(min: number, max: number): PropertyDecorator {
  return rule('integerText', (value) => {
    if (typeof value !== 'string') return wrongType('a string', value);
    if (!/^\d{1,15}$/.test(value)) return { code: 'invalid_format', message: 'must be an integer' };
    const isInRange = Number(value) >= min && Number(value) <= max;
    return isInRange ? undefined : { code: 'out_of_range', message: `must be from ${min} to ${max}` };
  });
}

/** A finite number from `min` to `max`. */
export function FiniteNumber(min: number, max: number): PropertyDecorator {
  const message = max === Number.MAX_VALUE ? `must be at least ${min}` : `must be from ${min} to ${max}`;
  return rule('finiteNumber', (value) => {
    if (typeof value !== 'number') return wrongType('a number', value);
    if (!Number.isFinite(value)) return { code: 'not_finite', message: 'must be a finite number' };
    return value < min || value > max ? { code: 'out_of_range', message } : undefined;
  });
}

/** A collection whose faults `inspect` finds, item by item. */
export function Items(inspect: InspectItems): PropertyDecorator {
  const context: RuleContext = { inspect };
  const validate = (value: unknown): boolean => {
    let sound = true;
    inspect(value, '', () => (sound = false));
    return sound;
  };
  return ValidateBy(
    { name: 'items', validator: { validate, defaultMessage: () => NEVER_EMPTY } },
    { context },
  );
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
