const MOST_DIGITS = 25;
const LARGEST_EXPONENT = 46;
const FLOAT32_BITS = 0x7f7fffff;

/** A number between 0 and 1. */
type Random = () => number;

const words = new Uint32Array(2);
const floats = new Float32Array(words.buffer);
const doubles = new Float64Array(words.buffer);
const bits = new BigUint64Array(words.buffer);

/** Ways to spell a JSON number that is to become a float32, each with what is hard about it. */
export const SPELLINGS = {
  'eight digits': (random) => String(Number((random() * 3 - 1.5).toPrecision(8))),
  'small, nine digits': (random) => String(Number(((random() - 0.5) / 8).toPrecision(9))),
  'float32 values in the digits of a double': (random) => String(Math.fround(random() * 2 - 1)),
  'any float32 in the digits of a double': (random) => String(anyFloat32(random)),
  'any double': (random) => String(anyDouble(random)),
  'any digits with any point and exponent': anyDigits,
  integers: (random) => String(Math.floor((random() * 2 - 1) * 2 ** Math.floor(random() * 60))),
  'next to the middle between two float32 values': (random) => {
    const middle = nextTo(middleAfter(anyFloat32(random)), Math.floor(random() * 41) - 20);
    return random() < 0.5 ? String(middle) : middle.toPrecision(15 + Math.floor(random() * 7));
  },
  'next to the middle, with few digits': (random) =>
    String(nextTo(middleAfter(Math.floor(random() * 2 ** 24)), Math.floor(random() * 3) - 1)),
  'next to the least and the largest float32': (random) => {
    // The middles next to 0, below the least normal float32 and above the largest, and values between.
    const edges = [2 ** -150, 2 ** -149, 2 ** -126 - 2 ** -150, 2 ** -126, 2 ** -125, 2 ** 128 - 2 ** 103];
    return String(nextTo(edges[Math.floor(random() * edges.length)]!, Math.floor(random() * 9) - 4));
  },
} satisfies Record<string, (random: Random) => string>;

/** Numbers between 0 and 1, the same ones for the same seed. */
export function seededRandom(seed: number): Random {
  let state = seed;
  return () => {
    // Source: mulberry32 by Tommy Ettinger, public domain.
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function anyDigits(random: Random): string {
  const digits = Array.from({ length: 1 + Math.floor(random() * MOST_DIGITS) }, () =>
    Math.floor(random() * 10),
  );
  const point = Math.floor(random() * digits.length);
  const whole = digits.slice(0, point).join('').replace(/^0+/, '') || '0';
  const fraction = `.${digits.slice(point).join('')}`;
  const exponent = Math.floor((random() * 2 - 1) * LARGEST_EXPONENT);
  const sign = exponent >= 0 && random() < 0.5 ? '+' : '';
  return [
    random() < 0.5 ? '-' : '',
    whole,
    random() < 0.9 ? fraction : '',
    random() < 0.5 ? `${random() < 0.5 ? 'e' : 'E'}${sign}${exponent}` : '',
  ].join('');
}

function anyFloat32(random: Random): number {
  words[0] = Math.floor(random() * (FLOAT32_BITS + 1));
  return random() < 0.5 ? floats[0]! : -floats[0]!;
}

function anyDouble(random: Random): number {
  const value = (1 + random()) * 2 ** Math.floor(random() * 290 - 155);
  return random() < 0.5 ? value : -value;
}

/** The double in the middle between a float32 and the next one away from 0. */
function middleAfter(value: number): number {
  floats[0] = value;
  words[0]! += 1;
  return (value + floats[0]) / 2;
}

/** The double so many units in the last place farther from 0. */
function nextTo(value: number, units: number): number {
  doubles[0] = value;
  bits[0]! += BigInt(units);
  return doubles[0];
}
