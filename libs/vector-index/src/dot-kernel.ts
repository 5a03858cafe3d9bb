/** Multiplies `rows` rows of `stride` bytes of int8 codes, a multiple of 16, that lie one after another. */
type Dot = (
  ...arguments_: [codesAt: number, queryAt: number, sumsAt: number, rows: number, stride: number]
) => void;

/**
 * Makes the function that multiplies int8 rows with an int16 query: for each row the sum of its products as int32,
 * exact as long as it fits. All three lie in `memory`.
 *
 * It is WebAssembly, assembled below, because JavaScript has no instruction for eight products at once: measured in
 * docs/adr/0008.
 */
export function dotKernel(memory: WebAssembly.Memory): Dot {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(assemble()), { env: { memory } });
  return exports.dot as Dot;
}

const I32 = 0x7f;
const V128 = 0x7b;
const SIMD = 0xfd;

const [CODES, QUERY, SUMS, ROWS, STRIDE, QUERY_END, AT, SUM] = [0, 1, 2, 3, 4, 5, 6, 7] as const;

const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const constant = (value: number): number[] => [0x41, value];
const add = [0x6a];
const subtract = [0x6b];
const lessUnsigned = [0x49];
const block = [0x02, 0x40];
const loop = [0x03, 0x40];
const branchIf = (depth: number): number[] => [0x0d, depth];
const end = [0x0b];
const storeI32 = [0x36, 2, 0];
const load8x8Signed = (offset: number): number[] => [SIMD, 0x01, 0, offset];
const loadV128 = (offset: number): number[] => [SIMD, 0x00, 0, offset];
const dotI16x8 = [SIMD, 0xba, 0x01];
const addI32x4 = [SIMD, 0xae, 0x01];
const zeroV128 = [SIMD, 0x0c, ...new Array<number>(16).fill(0)];
const lane = (index: number): number[] => [SIMD, 0x1b, index];

/** Eight products, summed in pairs into the four lanes on the stack. */
const eightProducts = (at: number): number[] => [
  ...[...get(CODES), ...load8x8Signed(at)],
  ...[...get(AT), ...loadV128(2 * at)],
  ...[...dotI16x8, ...addI32x4],
];

/** dot(codes, query, sums, rows, stride): for each row, for each 16 codes of it. */
const BODY = [
  ...[2, 2, I32, 1, V128], // locals: two i32 (the end of the row, the place in the query), one v128 (the sums)
  ...block,
  ...[...get(ROWS), 0x45, ...branchIf(0)], // no rows: done
  ...loop,
  ...[...get(QUERY), ...set(AT)],
  ...[...get(CODES), ...get(STRIDE), ...add, ...set(QUERY_END)],
  ...[...zeroV128, ...set(SUM)],
  ...loop,
  ...[...get(SUM), ...eightProducts(0), ...eightProducts(8), ...set(SUM)],
  ...[...get(AT), ...constant(32), ...add, ...set(AT)],
  ...[...get(CODES), ...constant(16), ...add, ...set(CODES)],
  ...[...get(CODES), ...get(QUERY_END), ...lessUnsigned, ...branchIf(0)],
  ...end,
  ...get(SUMS), // *sums = lane 0 + lane 1 + lane 2 + lane 3
  ...[...get(SUM), ...lane(0), ...get(SUM), ...lane(1), ...add],
  ...[...get(SUM), ...lane(2), ...add, ...get(SUM), ...lane(3), ...add],
  ...storeI32,
  ...[...get(SUMS), ...constant(4), ...add, ...set(SUMS)],
  ...[...get(ROWS), ...constant(1), ...subtract, ...set(ROWS)],
  ...[...get(ROWS), ...branchIf(0)],
  ...[...end, ...end, ...end],
];

/** A module that imports `env.memory` and exports `dot`. */
function assemble(): Uint8Array<ArrayBuffer> {
  const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
  const type = [1, 0x60, 5, I32, I32, I32, I32, I32, 0];
  const memoryImport = [1, ...name('env'), ...name('memory'), 0x02, 0x00, 0];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, type),
    ...section(2, memoryImport),
    ...section(3, [1, 0]),
    ...section(7, [1, ...name('dot'), 0x00, 0]),
    ...section(10, [1, ...unsigned(BODY.length), ...BODY]),
  ]);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
