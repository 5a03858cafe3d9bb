import { seededRandom, type Random } from '../../random/seeded-random';

/** Vectors that are made once: gaussian values are dear, and their texts dearer. */
export const STOCK = 64;
/** Values at the start that each record has of its own: 12 bytes are 16 characters of base64, with none left over. */
const OWN_VALUES = 3;
const BYTES_PER_VALUE = 4;
/** Enough for every float32 to be read back as itself. */
const SIGNIFICANT_DIGITS = 9;

/** One vector in the forms that it is sent in. */
export interface VectorForms {
  readonly dimension: number;
  /** Little-endian float32 values. */
  readonly bytes: () => Buffer;
  /** The same in base64. */
  readonly base64: () => string;
  /** The same as the text of a JSON array; its numbers round to exactly these values. */
  readonly jsonNumbers: () => string;
}

/**
 * Gaussian vectors of about unit norm: the same for the same seed and index, and no two alike. All but the first three
 * values come around after 64 records.
 */
export class VectorStock {
  private readonly stock: StockedVector[] = [];

  constructor(
    private readonly dimension: number,
    private readonly seed: number,
  ) {}

  of(index: number): VectorForms {
    const { dimension } = this;
    const own = gaussians(
      seededRandom(mixed(this.seed, index + STOCK)),
      dimension,
      Math.min(OWN_VALUES, dimension),
    );
    const rest = this.stocked(index % STOCK);
    return {
      dimension,
      bytes: () => Buffer.concat([bytesOf(own), rest.bytes]),
      base64: () => {
        if (dimension <= OWN_VALUES) return bytesOf(own).toString('base64');
        return bytesOf(own).toString('base64') + rest.base64;
      },
      jsonNumbers: () => `[${numbersOf(own)}${rest.jsonNumbers}]`,
    };
  }

  private stocked(slot: number): StockedVector {
    return (this.stock[slot] ??= new StockedVector(
      gaussians(
        seededRandom(mixed(this.seed, slot)),
        this.dimension,
        Math.max(0, this.dimension - OWN_VALUES),
      ),
    ));
  }
}

/** All values but a record's own; texts are made when they are first asked for. */
class StockedVector {
  private text: string | undefined;
  private numbers: string | undefined;

  constructor(private readonly values: Float32Array) {}

  get bytes(): Buffer {
    return bytesOf(this.values);
  }

  get base64(): string {
    return (this.text ??= this.bytes.toString('base64'));
  }

  get jsonNumbers(): string {
    return (this.numbers ??= this.values.length === 0 ? '' : `,${numbersOf(this.values)}`);
  }
}

function gaussians(random: Random, dimension: number, count: number): Float32Array {
  const deviation = 1 / Math.sqrt(dimension);
  // Box and Muller, 1958. The logarithm of 0 has no value, and random() may give 0.
  const gaussian = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Float32Array.from({ length: count }, () => gaussian() * deviation);
}

function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.length * BYTES_PER_VALUE);
}

function numbersOf(values: Float32Array): string {
  return Array.from(values, (value) => String(Number(value.toPrecision(SIGNIFICANT_DIGITS)))).join(',');
}

/** A seed for one of a seed's many sequences: neighbours have nothing in common. */
export function mixed(seed: number, index: number): number {
  const low = Math.imul(index ^ seed, 0x9e3779b1);
  const high = Math.imul(Math.floor(index / 2 ** 32) + 1, 0x85ebca6b);
  return (low ^ (low >>> 15) ^ Math.imul(seed + 1, 0xc2b2ae35) ^ high) >>> 0;
}
