/** A dot would be a path in the database's queries and updates; `%` is in no name of ours, so the way back is plain. */
const STORED_DOT = '%2E';

/** The entries of a map of names as the database keeps them. */
export function toStoredFields<Value>(
  fields: Readonly<Record<string, Value>>,
): [name: string, value: Value][] {
  return Object.entries(fields).map(([name, value]) => [name.replaceAll('.', STORED_DOT), value]);
}

/** The map of names as it was sent. */
export function fromStoredFields<Value>(stored: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(stored).map(([name, value]) => [name.replaceAll(STORED_DOT, '.'), value]),
  );
}
