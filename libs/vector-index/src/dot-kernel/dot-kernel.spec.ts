import { randomNumbers } from '../testing';
import { dotKernel } from './dot-kernel';

const CODES_AT = 65_536;
const UNTOUCHED = 77;

describe(dotKernel.name, () => {
  const random = randomNumbers(1);
  const between = (least: number, most: number): number => least + Math.floor(random() * (most - least + 1));

  it.each([
    [0, 16],
    [1, 16],
    [5, 48],
    [31, 2_048],
    [7, 8_192],
  ])('sums the products of each of %i rows of %i codes, and writes no other sum', (rows, stride) => {
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 2 });
    const codes = new Int8Array(memory.buffer, CODES_AT, rows * stride).map(() => between(-128, 127));
    const query = new Int16Array(stride).map(() => between(-500, 500));
    new Int8Array(memory.buffer).set(codes, CODES_AT);
    new Int16Array(memory.buffer).set(query);
    const sums = new Int32Array(memory.buffer, 2 * stride, rows + 1).fill(UNTOUCHED);
    dotKernel(memory).multiply(CODES_AT, CODES_AT + rows * stride, stride, 0);
    const expected = Array.from({ length: rows }, (_, row) =>
      query.reduce((sum, value, i) => sum + value * codes[row * stride + i]!, 0),
    );
    expect([...sums]).toEqual([...expected, UNTOUCHED]);
  });

  it.each([127, -127])('is exact for the largest sum that fits: codes of %i', (code) => {
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 2 });
    new Int8Array(memory.buffer, CODES_AT, 16).fill(code);
    new Int16Array(memory.buffer, 0, 16).fill(-32_768);
    dotKernel(memory).multiply(CODES_AT, CODES_AT + 16, 16, 0);
    expect(new Int32Array(memory.buffer, 32, 1)[0]).toBe(16 * code * -32_768);
  });
});
