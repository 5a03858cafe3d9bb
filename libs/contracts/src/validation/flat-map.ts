import { textSchema, type JsonSchema } from './json-schema';
import { textFault, wrongType, type Fault, type InspectItems } from './rules';
import { childPointer, isJsonObject } from './violations';

/** Names as experiment trackers write them: `eval/loss`, `model.type`, `test acc`. */
const MAP_KEY = /^[A-Za-z0-9_./: -]{1,128}$/;

/** What a flat map of names to scalars may hold; null is what trackers write where they know no value. */
export interface FlatMapRules {
  readonly maxEntries: number;
  readonly maxCharacters: number;
  readonly reservedKeys: readonly string[];
}

/** Finds the faults of a flat map, each at its key; of one that is too large, only the first entries are looked at. */
export function flatMapInspector(rules: FlatMapRules): InspectItems {
  return (value, pointer, report) => {
    if (!isJsonObject(value)) {
      report(pointer, 'wrong_type', wrongType('a flat object', value).message);
      return;
    }
    const entries = Object.entries(value);
    if (entries.length > rules.maxEntries) {
      report(pointer, 'out_of_range', `must be at most ${rules.maxEntries} entries; got ${entries.length}`);
    }
    for (const [key, entry] of entries.slice(0, rules.maxEntries)) {
      for (const fault of [keyFault(key, rules), scalarFault(entry, rules)]) {
        if (fault) report(childPointer(pointer, key), fault.code, fault.message);
      }
    }
  };
}

/** Names and values of a flat map. */
export const flatMapSchema = ({ reservedKeys, maxCharacters }: FlatMapRules): JsonSchema => ({
  propertyNames: { pattern: MAP_KEY.source, not: { enum: reservedKeys } },
  additionalProperties: {
    oneOf: [
      { type: ['boolean', 'null'] },
      { type: 'number', minimum: -Number.MAX_VALUE, maximum: Number.MAX_VALUE },
      textSchema(0, maxCharacters),
    ],
  },
});

function keyFault(key: string, { reservedKeys }: FlatMapRules): Fault | undefined {
  if (reservedKeys.includes(key)) return { code: 'unknown_field', message: 'is a reserved name' };
  if (MAP_KEY.test(key)) return undefined;
  return {
    code: 'invalid_format',
    message: 'its name must be 1 to 128 of the characters A-Z a-z 0-9 _ . / : - and the space',
  };
}

function scalarFault(value: unknown, { maxCharacters }: FlatMapRules): Fault | undefined {
  if (typeof value === 'boolean' || value === null) return undefined;
  if (typeof value === 'string') return textFault(value, 0, maxCharacters);
  if (typeof value !== 'number') return wrongType('a string, number, boolean or null', value);
  return Number.isFinite(value) ? undefined : { code: 'not_finite', message: 'must be a finite number' };
}
