export const COMMA: u32 = 0x2c;
export const MINUS: u32 = 0x2d;
export const PLUS: u32 = 0x2b;
export const POINT: u32 = 0x2e;
export const ZERO: u32 = 0x30;
/** Of `e` and, once 0x20 is set in it, of `E`. */
export const EXPONENT: u32 = 0x65;

/** Whether JSON calls it white space. */
export function isSpace(character: u32): bool {
  return character == 0x20 || character == 0x0a || character == 0x0d || character == 0x09;
}
