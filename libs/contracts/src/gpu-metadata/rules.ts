import { flatMapInspector, flatMapSchema, type FlatMapRules } from '../validation/flat-map';
import { textSchema } from '../validation/json-schema';
import { rule, textFault, wrongType } from '../validation/rules';
import { childPointer, type Report } from '../validation/violations';
import { LIMITS, RESERVED_ATTRIBUTE_KEYS } from './limits';

/** Control characters, and those that only steer how others are shown: a name with one looks like that without. */
const INVISIBLE =
  '\\u0000-\\u001F\\u007F-\\u009F\\u00AD\\u061C\\u180E\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u206F\\uFEFF';
const EVERY_INVISIBLE = new RegExp(`[${INVISIBLE}]`, 'g');
/** What is left of a name, but for half a surrogate pair. */
const LEFT = `[^${INVISIBLE}\\uD800-\\uDFFF]`;
const MORE_LEFT = `(?:[${INVISIBLE}]*${LEFT}){0,${LIMITS.deviceNameCharacters - 1}}`;

/** Text of which 1 to 128 characters are left once it is normalized. */
const DEVICE_NAME_PATTERN = `^[\\s${INVISIBLE}]*(?!\\s)${LEFT}${MORE_LEFT}[\\s${INVISIBLE}]*$`;

/** One device has one name: blanks at the ends (Unicode's too) and invisible characters are removed. */
export function normalizeDeviceName(name: string): string {
  return name.replace(EVERY_INVISIBLE, '').trim();
}

/** The name of a device, in a record or a filter. */
export function DeviceName(): PropertyDecorator {
  return rule('deviceName', {
    normalize: (value) => (typeof value === 'string' ? normalizeDeviceName(value) : value),
    faultOf: (name) => textFault(name, 1, LIMITS.deviceNameCharacters),
    schema: {
      type: 'string',
      pattern: DEVICE_NAME_PATTERN,
      description: `At most ${LIMITS.deviceNameCharacters} characters without blanks at its ends and invisible ones, which are removed`,
    },
  });
}

/** A list of tags, whose faults stand each at its index; of one that is too long only the first 32 are looked at. */
export function Tags(): PropertyDecorator {
  const items = textSchema(0, LIMITS.tagCharacters);
  return rule('tags', { inspect: inspectTags, schema: { type: 'array', maxItems: LIMITS.tags, items } });
}

function inspectTags(value: unknown, pointer: string, report: Report): void {
  if (!Array.isArray(value)) {
    report(pointer, 'wrong_type', wrongType('an array of strings', value).message);
    return;
  }
  if (value.length > LIMITS.tags) {
    report(pointer, 'out_of_range', `must be at most ${LIMITS.tags} items; got ${value.length}`);
  }
  value.slice(0, LIMITS.tags).forEach((tag: unknown, index) => {
    const fault = textFault(tag, 0, LIMITS.tagCharacters);
    if (fault) report(childPointer(pointer, index), fault.code, fault.message);
  });
}

const ATTRIBUTES: FlatMapRules = {
  maxEntries: LIMITS.attributes,
  maxCharacters: LIMITS.attributeCharacters,
  reservedKeys: RESERVED_ATTRIBUTE_KEYS,
};

/** A flat map of names to scalars. */
export function Attributes(): PropertyDecorator {
  return rule('attributes', {
    inspect: flatMapInspector(ATTRIBUTES),
    schema: {
      type: 'object',
      description: 'A value that is null counts as left out',
      maxProperties: LIMITS.attributes,
      ...flatMapSchema(ATTRIBUTES),
    },
  });
}
