import fc from 'fast-check';
import { InvalidMetadata } from '@libs/domain';
import { expectExactIntegers } from './exact-integers';

/** JSON pointers of the integers that are refused. */
function refusedIn(json: string): string[] {
  try {
    expectExactIntegers(json);
    return [];
  } catch (error) {
    expect((error as InvalidMetadata).violations.every(({ code }) => code === 'integer_out_of_range')).toBe(
      true,
    );
    return (error as InvalidMetadata).violations.map(({ pointer }) => pointer);
  }
}

describe(expectExactIntegers.name, () => {
  it('lets everything pass that JavaScript itself prints', () => {
    const number = fc.oneof(fc.double(), fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).map(Number));
    fc.assert(
      fc.property(fc.json(), fc.array(number), (json, numbers) => {
        expect(refusedIn(json)).toEqual([]);
        expect(refusedIn(JSON.stringify({ numbers }))).toEqual([]);
      }),
    );
  });

  it('refuses each integer of which JavaScript would print another, wherever it lies', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
        text,
        fc.array(text),
        (value, name, before) => {
          const digits = String(value);
          const isChanged = String(Number(digits)) !== digits;
          const inner = `{${JSON.stringify(name)}: ${digits}, "z":"1234567890123456789"}`;
          const json = `{"list":[${[...before.map((one) => JSON.stringify(one)), digits, inner].join(' ,\n')}]}`;
          const at = before.length;
          const token = name.slice(0, 128).replaceAll('~', '~0').replaceAll('/', '~1');
          expect(refusedIn(json)).toEqual(isChanged ? [`/list/${at}`, `/list/${at + 1}/${token}`] : []);
        },
      ),
    );
  });

  it.each([
    ['2^53', '9007199254740992'],
    ['what a double holds beyond it', '9007199254740994'],
    ['zero below zero', '-0'],
    ['a fraction with many digits', '0.12345678901234567890'],
    ['an exponent', '12345678901234567890e1'],
    ['digits in a text', '"12345678901234567890, 12345678901234567890"'],
    ['digits behind an escaped quote', '"\\",12345678901234567890"'],
  ])('lets %s pass', (_, json) => {
    expect(refusedIn(`[${json}]`)).toEqual([]);
  });

  it('leaves the numbers of an embedding to be rounded, and looks at all others', () => {
    const big = '12345678901234567890';
    expect(refusedIn(`{"embedding":[1,${big}]}`)).toEqual([]);
    expect(refusedIn(`{"embedding":{"dimension":${big}},"a":{"embedding":[${big}]}}`)).toEqual([
      '/embedding/dimension',
      '/a/embedding/0',
    ]);
    expect(refusedIn(`{"embedding":${big}}`)).toEqual(['/embedding']);
    expect(refusedIn(big)).toEqual(['']);
  });
});
