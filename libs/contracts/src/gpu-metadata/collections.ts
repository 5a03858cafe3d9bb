import { textFault, wrongType } from '../validation/rules';
import { childPointer, isJsonObject, type Report } from '../validation/violations';
import { ATTRIBUTE_KEY, LIMITS, RESERVED_ATTRIBUTE_KEYS } from './limits';

/** Faults of a list of tags, each at its index; of a list that is too long, only the first 32 are looked at. */
export function inspectTags(value: unknown, pointer: string, report: Report): void {
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

/** Faults of a flat attribute map, each at its key; of a map that is too large, only the first 64 are looked at. */
export function inspectAttributes(value: unknown, pointer: string, report: Report): void {
  if (!isJsonObject(value)) {
    report(pointer, 'wrong_type', wrongType('a flat object', value).message);
    return;
  }
  const entries = Object.entries(value);
  if (entries.length > LIMITS.attributes) {
    report(pointer, 'out_of_range', `must be at most ${LIMITS.attributes} entries; got ${entries.length}`);
  }
  for (const [key, entry] of entries.slice(0, LIMITS.attributes))
    inspectAttribute(key, entry, pointer, report);
}

function inspectAttribute(key: string, value: unknown, parent: string, report: Report): void {
  const pointer = childPointer(parent, key);
  if (RESERVED_ATTRIBUTE_KEYS.includes(key)) report(pointer, 'unknown_field', 'is a reserved name');
  else if (!ATTRIBUTE_KEY.test(key)) {
    report(pointer, 'invalid_format', 'its name must be 1 to 64 of the characters A-Z a-z 0-9 _ -');
  }
  if (typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) report(pointer, 'not_finite', 'must be a finite number');
  } else if (typeof value === 'string') {
    const fault = textFault(value, 0, LIMITS.attributeCharacters);
    if (fault) report(pointer, fault.code, fault.message);
  } else {
    report(pointer, 'wrong_type', wrongType('a string, number or boolean', value).message);
  }
}
