import { anyNumber } from './any-number';
import { COMMA, isSpace, MINUS } from './characters';
import { UNUSUAL } from './nearest-float32';
import { usualNumber } from './usual-number';

const BLOCK: usize = 64;
const COMMAS = memory.data<u64>([0x2c2c2c2c2c2c2c2c, 0x2c2c2c2c2c2c2c2c]);

/**
 * Reads the numbers of a JSON array into float32: the text from `textAt` on, behind its bracket, to the closing one at
 * `textEnd`, which is overwritten. Commas are looked for in 64 bytes at once, so that the place of a number does not
 * hang on where the reading of the one before it ends.
 *
 * Up to 32 bytes before and 64 behind the text are read, and up to 64 values more than `most` may be written.
 *
 * @returns how many values lie from `vectorAt` on; 0 for whatever JSON.parse is to judge: an array that is empty, has
 * more than `most` numbers or anything else in it, or a number whose float32 is not certain
 */
export function readNumbers(textAt: usize, textEnd: usize, vectorAt: usize, most: i32): i32 {
  const vectorEnd = vectorAt + (usize(most) << 2);
  let at = textAt;
  let to = vectorAt;
  store<u8>(textEnd, u8(COMMA));
  for (let block = textAt; block <= textEnd; block += BLOCK) {
    let commas = commasFrom(block);
    if (textEnd - block < BLOCK) commas &= u64(-1) >> u64(block + BLOCK - 1 - textEnd);
    while (commas != 0) {
      const end = block + usize(ctz(commas));
      let character: u32 = load<u8>(at);
      while (character <= 0x20) {
        if (!isSpace(character)) return 0;
        at += 1;
        character = load<u8>(at);
      }
      const isNegative = u32(character == MINUS);
      let bits = usualNumber(at + isNegative, end);
      if (bits == UNUSUAL) bits = anyNumber(at + isNegative, end);
      if (bits == UNUSUAL) return 0;
      store<u32>(to, bits | (isNegative << 31));
      to += 4;
      at = end + 1;
      commas &= commas - 1;
    }
    if (to > vectorEnd) return 0;
  }
  return i32((to - vectorAt) >>> 2);
}

/** A bit for each of 64 bytes: whether it is a comma. */
function commasFrom(at: usize): u64 {
  return (
    commasOf16(at) | (commasOf16(at + 16) << 16) | (commasOf16(at + 32) << 32) | (commasOf16(at + 48) << 48)
  );
}

function commasOf16(at: usize): u64 {
  return u64(u32(i8x16.bitmask(i8x16.eq(v128.load(at), v128.load(COMMAS)))));
}
