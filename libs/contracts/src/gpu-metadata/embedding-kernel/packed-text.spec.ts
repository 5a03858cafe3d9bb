import fc from 'fast-check';
import { seededRandom } from '../../testing';
import { LIMITS } from '../limits';
import { packedCharacters, PackedText, readPackedText } from './packed-text';

const MOST_BYTES = LIMITS.embeddingValues * 4;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.split('');

const read = (text: string): PackedText | undefined => readPackedText(Buffer.from(text, 'latin1'));
const isCanonical = (text: string): boolean => Buffer.from(text, 'base64').toString('base64') === text;
const floatsOf = (bytes: Buffer): Float32Array =>
  new Float32Array(Uint8Array.from(bytes.subarray(0, bytes.length & ~3)).buffer);
const bitsOf = ({ buffer, byteOffset, byteLength }: Float32Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
const firstNotFinite = (vector: Float32Array): number => vector.findIndex((value) => !Number.isFinite(value));

/** Whether the text is read as Node decodes it where Node would write it so, and otherwise not at all. */
function isReadAsByNode(text: string): boolean {
  const packed = read(text);
  if (!packed || !isCanonical(text)) return packed === undefined && !isCanonical(text);
  const bytes = Buffer.from(text, 'base64');
  const expected = floatsOf(bytes);
  return (
    packed.byteLength === bytes.length &&
    bitsOf(packed.vector).equals(bitsOf(expected)) &&
    packed.firstNotFinite === firstNotFinite(expected) &&
    packed.characters.toString('latin1') === text
  );
}

const wronglyRead = (texts: readonly string[]): string[] => texts.filter((text) => !isReadAsByNode(text));

function randomBytes(length: number, random: () => number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}

describe(readPackedText.name, () => {
  it('reads random bytes of any length up to 100', () => {
    const random = seededRandom(1);
    const texts = Array.from({ length: 101 * 30 }, (_, at) =>
      randomBytes(at % 101, random).toString('base64'),
    );
    expect(wronglyRead(texts)).toEqual([]);
  });

  it('reads texts as long as the largest vector, and none that is longer', () => {
    const random = seededRandom(2);
    for (const length of [2_048 * 4, MOST_BYTES - 4, MOST_BYTES - 1, MOST_BYTES]) {
      expect(isReadAsByNode(randomBytes(length, random).toString('base64'))).toBe(true);
    }
    expect(read(randomBytes(MOST_BYTES + 4, random).toString('base64'))).toBeUndefined();
  });

  it('takes at each place of a text exactly the characters of the alphabet', () => {
    const sound = Buffer.from('What is in the place of each of these?!').toString('base64');
    const texts = Array.from({ length: 256 * sound.length }, (_, at) => {
      const place = at % sound.length;
      return sound.slice(0, place) + String.fromCharCode(at / sound.length) + sound.slice(place + 1);
    });
    expect(wronglyRead(texts)).toEqual([]);
  });

  it('takes a wrong character nowhere in a long text', () => {
    const random = seededRandom(3);
    const sound = randomBytes(2_048 * 4, random).toString('base64');
    const wrong = Array.from({ length: 2_000 }, () => {
      const place = Math.floor(random() * (sound.length - 1));
      const other = '-_=,. \n\0\x80\xab\xc1\xff'[Math.floor(random() * 12)]!;
      return sound.slice(0, place) + other + sound.slice(place + 1);
    });
    expect(wrong.filter((text) => read(text))).toEqual([]);
  });

  it('takes no other end than an encoder writes', () => {
    const ends = ['', '=', '==', '===', '====', 'A', 'A=', 'A==', 'A===', '=A', '==A', '=A=', '=A=='];
    for (const start of ['', 'QUJD', 'QUJDREVGR0hJ', 'QUJDREVGR0hJSktM']) {
      const texts = ends.flatMap((end) =>
        ALPHABET.flatMap((last) => [start + end, start + last + end, `${start}A${last}${end}`]),
      );
      expect(wronglyRead(texts)).toEqual([]);
    }
  });

  it('reads what was changed, cut or put in as Node does', () => {
    const change = fc.record({
      bytes: fc.uint8Array({ maxLength: 60 }),
      place: fc.nat(),
      cut: fc.nat(4),
      put: fc.oneof(
        fc.string({ maxLength: 4, unit: fc.constantFrom(...ALPHABET, '=', '-', '_', ' ') }),
        fc.constantFrom('=', '==', '\n', '\xff'),
      ),
    });
    fc.assert(
      fc.property(change, ({ bytes, place, cut, put }) => {
        const sound = Buffer.from(bytes).toString('base64');
        const at = place % (sound.length + 1);
        expect(wronglyRead([sound.slice(0, at) + put + sound.slice(at + cut)])).toEqual([]);
      }),
      { numRuns: 5_000 },
    );
  });

  it('tells the first value that is not finite, wherever it is', () => {
    const random = seededRandom(4);
    for (let turn = 0; turn < 300; turn++) {
      const vector = Float32Array.from({ length: 1 + Math.floor(random() * 70) }, () => random() - 0.5);
      const places = [random(), random()].map((share) => Math.floor(share * vector.length));
      vector[places[0]!] = [NaN, Infinity, -Infinity][turn % 3]!;
      if (turn % 2 === 0) vector[places[1]!] = NaN;
      expect(read(bitsOf(vector).toString('base64'))!.firstNotFinite).toBe(firstNotFinite(vector));
    }
  });

  it('finds nothing of what was read before behind the last value', () => {
    read(bitsOf(new Float32Array(100).fill(NaN)).toString('base64'));
    const lengths = Array.from({ length: 20 }, (_, length) => length);
    const found = lengths.map((length) => read(bitsOf(new Float32Array(length)).toString('base64')));
    expect(found.map((packed) => packed!.firstNotFinite)).toEqual(lengths.map(() => -1));
  });
});

describe(packedCharacters.name, () => {
  const texts = (vector: Float32Array): string[] => [
    packedCharacters(vector).toString('latin1'),
    bitsOf(vector).toString('base64'),
  ];

  it('writes what Node writes, of vectors of any length', () => {
    const random = seededRandom(5);
    for (const length of [...Array(101).keys(), 2_048, LIMITS.embeddingValues - 1, LIMITS.embeddingValues]) {
      const [found, expected] = texts(floatsOf(randomBytes(length * 4, random)));
      expect(found).toBe(expected);
    }
  });

  it('writes each of 64 characters in each place', () => {
    for (let value = 0; value < 64; value++) {
      const bytes = Buffer.from(ALPHABET[value]!.repeat(64), 'base64');
      const [found, expected] = texts(floatsOf(bytes));
      expect(found).toBe(expected);
    }
  });

  it('writes a vector that was read of a text, and a part of it, into memory of their own', () => {
    const text = bitsOf(Float32Array.of(1, 2, 3)).toString('base64');
    const { vector } = read(text)!;
    const [whole, part] = [packedCharacters(vector), packedCharacters(vector.subarray(1, 2))];
    packedCharacters(Float32Array.of(9, 9, 9));
    expect(whole.toString('latin1')).toBe(text);
    expect(part.toString('latin1')).toBe(bitsOf(Float32Array.of(2)).toString('base64'));
  });
});
