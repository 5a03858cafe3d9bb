import { InvalidMetadata, Violation, ViolationCode } from '@libs/domain';

const MAX_REPORTED = 100;
const MAX_KEY_CHARACTERS = 128;

/** Takes one fault: its JSON pointer, its code, and a sentence with the limit and the value's shape. */
export type Report = (pointer: string, code: ViolationCode, message: string) => void;

/** Gathers every fault of one body; reports the first 100 and counts the rest. */
export class Violations {
  private readonly reported: Violation[] = [];
  private omitted = 0;

  readonly add: Report = (pointer, code, message) => {
    if (this.isFull) this.omit();
    else this.reported.push({ pointer, code, message });
  };

  /** True when further faults are only counted. */
  get isFull(): boolean {
    return this.reported.length >= MAX_REPORTED;
  }

  /** Counts a fault that is not told. */
  omit(): void {
    this.omitted += 1;
  }

  get isEmpty(): boolean {
    return this.reported.length === 0;
  }

  /** @throws InvalidMetadata when there is any */
  throwIfAny(): void {
    if (!this.isEmpty) throw new InvalidMetadata(this.reported, this.omitted);
  }
}

/** Reports what is no object; @throws InvalidMetadata there, for nothing else of it can be checked */
export function expectObject(body: unknown, violations: Violations): asserts body is Record<string, unknown> {
  if (isJsonObject(body)) return;
  violations.add('', 'wrong_type', `must be an object; got ${shapeOf(body)}`);
  violations.throwIfAny();
}

/** `parent` extended by one RFC 6901 reference token; a giant key is cut so that an answer stays small. */
export function childPointer(parent: string, key: string | number): string {
  const token = typeof key === 'number' ? String(key) : key.slice(0, MAX_KEY_CHARACTERS);
  return `${parent}/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** The shape of a value for an error message, never the value itself. */
export function shapeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Uint8Array) return `binary data of ${value.length} bytes`;
  if (typeof value === 'string') return `a string of ${characterCount(value)} characters`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a number';
  return `a ${typeof value}`;
}

/** Unicode code points, as JSON Schema's maxLength counts. */
export function characterCount(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const isPair = (text.charCodeAt(i) & 0xfc00) === 0xd800 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
    if (isPair) count -= 1;
  }
  return count;
}

/** True for what JSON calls an object; MessagePack's binary data is none. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}
