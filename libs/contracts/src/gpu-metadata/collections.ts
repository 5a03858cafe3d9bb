import { flatMapInspector, type FlatMapRules } from '../validation/flat-map';
import { textFault, wrongType } from '../validation/rules';
import { childPointer, type Report } from '../validation/violations';
import { LIMITS, RESERVED_ATTRIBUTE_KEYS } from './limits';

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

export const ATTRIBUTE_RULES: FlatMapRules = {
  maxEntries: LIMITS.attributes,
  maxCharacters: LIMITS.attributeCharacters,
  reservedKeys: RESERVED_ATTRIBUTE_KEYS,
};

/** Faults of a flat attribute map. */
export const inspectAttributes = flatMapInspector(ATTRIBUTE_RULES);
