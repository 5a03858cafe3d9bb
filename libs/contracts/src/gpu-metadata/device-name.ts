import { NormalizedText } from '../validation/rules';
import { LIMITS } from './limits';

/** Control characters, and those that only steer how others are shown: a name with one looks like that without. */
const INVISIBLE =
  '\\u0000-\\u001F\\u007F-\\u009F\\u00AD\\u061C\\u180E\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u206F\\uFEFF';
const EVERY_INVISIBLE = new RegExp(`[${INVISIBLE}]`, 'g');
/** What is left of a name, but for half a surrogate pair. */
const LEFT = `[^${INVISIBLE}\\uD800-\\uDFFF]`;
const MORE_LEFT = `(?:[${INVISIBLE}]*${LEFT}){0,${LIMITS.deviceNameCharacters - 1}}`;

/** Text of which 1 to 128 characters are left once it is normalized. */
export const DEVICE_NAME_PATTERN = `^[\\s${INVISIBLE}]*(?!\\s)${LEFT}${MORE_LEFT}[\\s${INVISIBLE}]*$`;

/** One device has one name: blanks at the ends (Unicode's too) and invisible characters are removed. */
export function normalizeDeviceName(name: string): string {
  return name.replace(EVERY_INVISIBLE, '').trim();
}

/** The name of a device, in a record or a filter. */
export function DeviceName(): PropertyDecorator {
  return NormalizedText(normalizeDeviceName, 1, LIMITS.deviceNameCharacters);
}
