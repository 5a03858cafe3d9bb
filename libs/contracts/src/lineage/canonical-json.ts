import type { AdditionalValue } from '@libs/domain';

/**
 * The one JSON text of a flat object, without the fields that are null: null and missing mean the same.
 * Names in the order of their UTF-16 code units, numbers and strings as ECMAScript writes them.
 * Source: RFC 8785, sections 3.2.2 and 3.2.3.
 */
export function canonicalJson(fields: Readonly<Record<string, AdditionalValue>>): string {
  const present = Object.entries(fields).filter(([, value]) => value !== null);
  const sorted = present.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${sorted.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}
