import { InvalidMetadata } from '@libs/domain';
import { characterCount, childPointer, isJsonObject, shapeOf, Violations } from './violations';

describe(Violations.name, () => {
  it('throws nothing while there is no fault', () => {
    const violations = new Violations();
    violations.throwIfAny();
    expect(violations.isEmpty).toBe(true);
  });

  it('throws all faults together', () => {
    const violations = new Violations();
    violations.add('/model', 'required', 'is missing');
    violations.add('/gpu', 'required', 'is missing');
    expect(() => {
      violations.throwIfAny();
    }).toThrow(InvalidMetadata);
    expect(violations.isEmpty).toBe(false);
  });
});

describe(childPointer.name, () => {
  it('escapes tilde and slash (RFC 6901)', () => {
    expect(childPointer('/a', 'm~n/o~1')).toBe('/a/m~0n~1o~01');
  });

  it('takes an index and an empty key', () => {
    expect([childPointer('', 0), childPointer('', '')]).toEqual(['/0', '/']);
  });

  it('cuts a key after 128 characters', () => {
    expect(childPointer('', 'k'.repeat(129))).toHaveLength(129);
  });
});

describe(shapeOf.name, () => {
  it.each([
    [null, 'null'],
    [undefined, 'a undefined'],
    [[1, 2], 'an array of 2'],
    ['a😀', 'a string of 2 characters'],
    [{}, 'an object'],
    [7, 'an integer'],
    [7.5, 'a number'],
    [true, 'a boolean'],
  ])('describes %j as %s', (value, shape) => {
    expect(shapeOf(value)).toBe(shape);
  });
});

describe(characterCount.name, () => {
  it.each([
    ['', 0],
    ['é', 1],
    ['😀😀', 2],
    ['\ud83d', 1],
    ['\ud83d\ud83d\ude00', 2],
    ['\ude00\ud83d', 2],
  ])('counts code points, half a pair as one: %j', (text, count) => {
    expect(characterCount(text)).toBe(count);
    expect(characterCount(text)).toBe(Array.from(text).length);
  });
});

describe(isJsonObject.name, () => {
  it.each([null, undefined, [], 'text', 7])('is false for %j', (value) => {
    expect(isJsonObject(value)).toBe(false);
  });

  it('is true for an object', () => {
    expect(isJsonObject({})).toBe(true);
  });
});
