import { bytes } from './format.js';

/**
 * Every field of a record by its path, with its value as text; the embedding is not one of them.
 *
 * @param {Readonly<Record<string, unknown>>} record
 * @param {string} [prefix]
 * @returns {[path: string, text: string][]}
 */
export function fieldsOf(record, prefix = '') {
  return Object.entries(record).flatMap(([name, value]) => {
    const path = `${prefix}${name}`;
    if (path === 'embedding') return [];
    if (isObject(value) && Object.keys(value).length > 0) return fieldsOf(value, `${path}.`);
    /** @type {[string, string]} */
    const field = [path, textOf(name, value)];
    return [field];
  });
}

/**
 * @param {unknown} value
 * @returns {value is Readonly<Record<string, unknown>>}
 */
function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * @param {string} name
 * @param {unknown} value
 * @returns {string}
 */
function textOf(name, value) {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  if (isObject(value)) return 'none';
  if (value === null || value === undefined) return 'not known';
  if (typeof value === 'number' && name.endsWith('Bytes')) return `${value} (${bytes(value)})`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
