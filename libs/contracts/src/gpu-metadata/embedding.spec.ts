import fc from 'fast-check';
import { packedJson, packEmbedding, readEmbedding, readPackedEmbedding } from './embedding';

const FLOAT32_MAX = 3.4028234663852886e38;
const bitsOf = (vector: Float32Array | undefined): Buffer | undefined =>
  vector && Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);

function faultsOf(value: unknown): string[] {
  const faults: string[] = [];
  const vector = readEmbedding(value, '/embedding', (pointer, code, message) => {
    faults.push(`${pointer} ${code}: ${message}`);
  });
  expect(vector === undefined).toBe(faults.length > 0);
  return faults;
}

const refuse = (pointer: string, code: string): never => {
  throw new Error(`${pointer} ${code}`);
};
const read = (value: unknown): Float32Array | undefined => readEmbedding(value, '', refuse);

describe(packEmbedding.name, () => {
  it('writes little-endian float32 values in padded base64', () => {
    const form = { encoding: 'f32le-base64', dimension: 1 };
    expect(packEmbedding(Float32Array.of(1))).toEqual({ ...form, data: Buffer.from('AACAPw==') });
    expect(packedJson(Float32Array.of(1))).toEqual({ ...form, data: 'AACAPw==' });
  });

  it('writes a view of a larger buffer without what lies around it', () => {
    const view = new Float32Array(Float32Array.of(9, 1, 9).buffer, 4, 1);
    expect(packEmbedding(view).data).toEqual(Buffer.from('AACAPw=='));
  });
});

describe(readEmbedding.name, () => {
  it.each([1, 2, 3, 2048, 8191, 8192])('reads %d packed values bit for bit', (dimension) => {
    const vector = Float32Array.from(
      { length: dimension },
      (_, index) => Math.sin(index) * 10 ** (index % 30),
    );
    expect(bitsOf(read(packedJson(vector)))).toEqual(bitsOf(vector));
  });

  it('keeps -0 and the smallest and largest values, in both forms', () => {
    const vector = Float32Array.of(-0, 0, 2 ** -149, -(2 ** -149), FLOAT32_MAX, -FLOAT32_MAX);
    expect(bitsOf(read(packedJson(vector)))).toEqual(bitsOf(vector));
    expect(bitsOf(read([...vector]))).toEqual(bitsOf(vector));
  });

  it('rounds numbers to the nearest float32, up to half a step past the largest', () => {
    expect(read([0.1, 16777217, 1e-50])).toEqual(Float32Array.of(Math.fround(0.1), 16777216, 0));
    const halfStep = 2 ** 128 - 2 ** 103;
    expect(read([halfStep * (1 - Number.EPSILON)])).toEqual(Float32Array.of(FLOAT32_MAX));
    expect(faultsOf([halfStep])).toHaveLength(1);
  });

  it('copies numbers that were read before, and whatever else lies where the next vector will', () => {
    const before = Float32Array.of(1, -0, 3.5);
    const forms = [before, [...before], packedJson(before), new Uint8Array(before.buffer)];
    const vectors = forms.map((form) => read(form));
    read([9, 9, 9]);
    read(packedJson(Float32Array.of(9, 9, 9)));
    const expected = bitsOf(Float32Array.of(1, -0, 3.5));
    before.fill(9);
    expect(vectors.map(bitsOf)).toEqual([expected, expected, expected, expected]);
  });

  it('tells the index of the first value that is not finite', () => {
    const packed = packedJson(Float32Array.of(1, 2, NaN, -Infinity));
    expect(faultsOf(packed)).toEqual([
      '/embedding/data not_finite: must hold finite float32 values; value 2 is not',
    ]);
  });

  it('tells how many bytes the data must hold', () => {
    expect(faultsOf({ ...packedJson(Float32Array.of(1, 2)), dimension: 3 })).toEqual([
      '/embedding/data dimension_mismatch: must hold 12 bytes, 4 for each of 3 values; got 8',
    ]);
  });

  it('reports every fault of a packed embedding', () => {
    expect(faultsOf({ encoding: null, dimension: '1', data: {}, extra: 1 })).toEqual([
      '/embedding/extra unknown_field: is not a field of a packed embedding',
      '/embedding/encoding wrong_type: must be a string; got null',
      '/embedding/dimension wrong_type: must be an integer; got a string of 1 characters',
      '/embedding/data wrong_type: must be a string; got an object',
    ]);
  });

  it('checks data for NaN also where the dimension is unusable', () => {
    const packed = packedJson(Float32Array.of(NaN));
    expect(faultsOf({ ...packed, dimension: 0 })).toEqual([
      '/embedding/dimension out_of_range: must be 1 to 8192 values; got 0',
      '/embedding/data not_finite: must hold finite float32 values; value 0 is not',
    ]);
  });

  it.each([
    ['empty', '', 'dimension_mismatch'],
    ['three characters', 'AAA', 'invalid_format'],
    ['five characters', 'AACAP', 'invalid_format'],
    ['too much padding', 'AACAPw===', 'invalid_format'],
    ['padding in the middle', 'AA==gD8=', 'invalid_format'],
    ['bits past the end', 'AACAPx==', 'invalid_format'],
    ['the URL alphabet', 'AACAP-__', 'invalid_format'],
    ['a leading space', ' AACAPw==', 'invalid_format'],
    ['a line break', 'AACA\nPw==', 'invalid_format'],
    ['a character past Latin-1', 'AACAPŷ==', 'invalid_format'],
    ['a NUL', 'AACAPw==\0', 'invalid_format'],
    ['a character whose low byte is in the alphabet', 'AACAPw=\u013d', 'invalid_format'],
  ])('refuses data that is %s', (_, data, code) => {
    const faults = faultsOf({ encoding: 'f32le-base64', dimension: 1, data });
    expect(faults).toEqual([expect.stringContaining(`/embedding/data ${code}`)]);
  });

  it('reads a text again once another one, sound or not, was read', () => {
    const data = (text: string): object => ({ encoding: 'f32le-base64', dimension: 1, data: text });
    expect(read(data('AACAPw=='))).toEqual(Float32Array.of(1));
    expect(faultsOf(data('AACAPx=='))).toHaveLength(1);
    expect(read(data('AACAPw=='))).toEqual(Float32Array.of(1));
    expect(read(data('AABAQA=='))).toEqual(Float32Array.of(3));
    expect(read(data('AACAPw=='))).toEqual(Float32Array.of(1));
    expect(faultsOf(data('AACAPx=='))).toHaveLength(1);
  });

  it('tells the length of data that is longer than any vector', () => {
    const data = Buffer.alloc(40_000, 'vector').toString('base64');
    expect(faultsOf({ encoding: 'f32le-base64', dimension: 1, data })).toEqual([
      '/embedding/data dimension_mismatch: must hold 4 bytes, 4 for each of 1 values; got 40000',
    ]);
  });

  it('takes exactly what comes out of Node as it went in, whatever is changed, put in or left out', () => {
    const character = fc.oneof(
      fc.constantFrom('-', '_', '=', ' ', '+', '/', 'A', 'x', '9'),
      fc.string({ minLength: 1, maxLength: 1 }),
    );
    const text = fc
      .uint8Array({ minLength: 4, maxLength: 40 })
      .map((bytes) => Buffer.from(bytes).toString('base64'));
    fc.assert(
      fc.property(
        text,
        fc.nat(),
        fc.nat(2),
        fc.array(character, { maxLength: 2 }),
        (sound, place, cut, put) => {
          const at = place % sound.length;
          const data = sound.slice(0, at) + put.join('') + sound.slice(at + cut);
          const isCanonical = Buffer.from(data, 'base64').toString('base64') === data;
          const faults = faultsOf({ encoding: 'f32le-base64', dimension: 1, data });
          expect(faults.some((fault) => fault.includes('invalid_format'))).toBe(!isCanonical);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});

describe(readPackedEmbedding.name, () => {
  it('keeps the text of a packed embedding and packs any other, whatever is read after it', () => {
    const vector = Float32Array.of(1, -0, 3.5);
    const packed = packEmbedding(vector);
    const forms = [packedJson(vector), vector, [...vector], new Uint8Array(vector.buffer)];
    const read = forms.map((form) => readPackedEmbedding(form, '', refuse));
    readPackedEmbedding([9, 9, 9], '', refuse);
    expect(read).toEqual([packed, packed, packed, packed]);
  });

  it('reports what the numbers would be refused for', () => {
    const { data: _data, ...rest } = packedJson(Float32Array.of(1));
    const faults: string[] = [];
    const report = (pointer: string, code: string): void => void faults.push(`${pointer} ${code}`);
    expect(readPackedEmbedding(rest, '/embedding', report)).toBeUndefined();
    expect(faults).toEqual(['/embedding/data required']);
  });
});
