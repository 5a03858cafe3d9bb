import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { submissionBody } from '@libs/contracts/testing';
import { Inflater, type InflaterLimits } from './inflater';
import type { TakePiece } from './inflater';

const MIB = 1024 * 1024;
const COMPRESSORS = {
  gzip: (data: Uint8Array, level: number) => gzipSync(data, { level }),
  deflate: (data: Uint8Array, level: number) => deflateSync(data, { level }),
  zstd: (data: Uint8Array, level: number) =>
    zstdCompressSync(data, { params: { [constants.ZSTD_c_compressionLevel]: level } }),
};
type Encoding = keyof typeof COMPRESSORS;
const ENCODINGS = Object.keys(COMPRESSORS) as readonly Encoding[];

const compress = (encoding: Encoding, data: Uint8Array, level = 3): Buffer =>
  COMPRESSORS[encoding](data, level);

interface Inflated {
  readonly bytes: Buffer;
  readonly error: unknown;
}

async function inflate(
  encoding: Encoding,
  pieces: readonly Buffer[],
  { take, ...limits }: Partial<InflaterLimits> & { take?: TakePiece } = {},
): Promise<Inflated> {
  const taken: Buffer[] = [];
  const collect: TakePiece = (piece) => {
    taken.push(piece);
    return take?.(piece) ?? Promise.resolve();
  };
  const inflater = new Inflater(
    encoding,
    { maxBytes: MIB, onDecoderBytes: () => undefined, ...limits },
    collect,
  );
  let error: unknown;
  try {
    for (const piece of pieces) await inflater.write(piece);
    await inflater.end();
  } catch (caught) {
    error = caught;
  } finally {
    inflater.destroy();
  }
  return { bytes: Buffer.concat(taken), error };
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
    (one, other) => one - other,
  );
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
}

const data = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc
    .tuple(fc.string({ minLength: 1 }), fc.nat({ max: 5_000 }))
    .map(([text, count]) => Buffer.from(text.repeat(count))),
);

describe.each(ENCODINGS)(`${Inflater.name} of %s`, (encoding) => {
  it('gives back what went in, at any level and cut into any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        data,
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        async (bytes, level, places) => {
          const pieces = cut(compress(encoding, bytes, level), places);
          const { bytes: inflated, error } = await inflate(encoding, pieces, { maxBytes: 64 * MIB });
          // Text repeated thousands of times is refused for its ratio, and nothing else is for anything.
          if (error !== undefined)
            expect(error).toMatchObject({ message: expect.stringMatching(/expand more than/) });
          else expect(inflated.equals(bytes)).toBe(true);
        },
      ),
      { numRuns: 80 },
    );
  });

  it('refuses what was cut short anywhere', async () => {
    await fc.assert(
      fc.asyncProperty(data, fc.nat(), fc.array(fc.nat(), { maxLength: 3 }), async (bytes, end, places) => {
        const whole = compress(encoding, bytes);
        const pieces = cut(whole.subarray(0, end % whole.length), places);
        const { error } = await inflate(encoding, pieces, { maxBytes: 64 * MIB });
        expect(error).toMatchObject({
          code: expect.stringMatching(/^(invalid_compression|body_too_large)$/),
        });
      }),
      { numRuns: 80 },
    );
  });

  it.each<[string, (whole: Buffer) => Buffer[]]>([
    ['nothing', () => []],
    ['no such data', () => [Buffer.from('{"model":"resnet50"}')]],
    ['another piece behind its end', (whole) => [whole, Buffer.from('x')]],
    ['a byte behind its end', (whole) => [Buffer.concat([whole, Buffer.from('x')])]],
    ['zeros behind its end', (whole) => [Buffer.concat([whole, Buffer.alloc(9)])]],
    ['half a second one', (whole) => [Buffer.concat([whole, whole.subarray(0, -2)])]],
    ['a byte changed in its head', (whole) => [changed(whole, 1)]],
  ])('refuses %s', async (_name, piecesOf) => {
    const { error } = await inflate(
      encoding,
      piecesOf(compress(encoding, Buffer.from('{"model":"resnet50"}'.repeat(50)))),
    );
    expect(error).toMatchObject({ code: 'invalid_compression' });
  });

  it('stops a bomb long before its end, whatever it may hold', async () => {
    const bomb = compress(encoding, Buffer.alloc(64 * MIB), 9);
    const { bytes, error } = await inflate(encoding, [bomb], { maxBytes: 1_000 * MIB });
    expect(error).toMatchObject({ code: 'body_too_large', message: expect.stringMatching(/500 times/) });
    expect(bytes.length).toBeLessThan(16 * MIB);
  });

  it('lets a batch of zero vectors pass', async () => {
    const data = Buffer.alloc(8192).toString('base64');
    const line = (): string =>
      `${JSON.stringify(submissionBody({ eventId: randomUUID(), embedding: { encoding: 'f32le-base64', dimension: 2048, data } }))}\n`;
    const batch = Buffer.from(Array.from({ length: 1_000 }, line).join(''));
    const { bytes, error } = await inflate(encoding, [compress(encoding, batch)], { maxBytes: 16 * MIB });
    expect(error).toBeUndefined();
    expect(bytes.equals(batch)).toBe(true);
  });

  it('lets any ratio pass up to 64 KiB', async () => {
    const zeros = Buffer.alloc(64 * 1024);
    expect(await inflate(encoding, [compress(encoding, zeros)])).toEqual({ bytes: zeros, error: undefined });
  });

  it('gives at most one byte too many pieces before it refuses what is too large', async () => {
    const noise = Buffer.from(Array.from({ length: 200_000 }, () => Math.random() * 256));
    const { bytes, error } = await inflate(encoding, [compress(encoding, noise)], { maxBytes: 100_000 });
    expect(error).toMatchObject({ code: 'body_too_large' });
    expect(bytes.length).toBeLessThanOrEqual(100_000);
  });

  it('waits for whoever takes the pieces', async () => {
    const noise = Buffer.from(Array.from({ length: 300_000 }, () => Math.random() * 256));
    let underWay = 0;
    let most = 0;
    const take = async (): Promise<void> => {
      most = Math.max(most, (underWay += 1));
      await sleep(1);
      underWay -= 1;
    };
    const { bytes, error } = await inflate(encoding, cut(compress(encoding, noise), [70_000, 140_000]), {
      take,
    });
    expect(error).toBeUndefined();
    expect(bytes.equals(noise)).toBe(true);
    expect(most).toBe(1);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('enough');
      },
    ],
    ['rejects', () => Promise.reject(new Error('enough'))],
  ])('ends with the error of one who takes and %s', async (_name, take) => {
    const { error } = await inflate(encoding, [compress(encoding, Buffer.from('text'))], { take });
    expect(error).toMatchObject({ message: 'enough' });
  });
});

describe.each(['gzip', 'zstd'] as const)(`${Inflater.name} of several in %s`, (encoding) => {
  it('gives back what went in, cut into any pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 2, maxLength: 6 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        async (parts, places) => {
          const whole = Buffer.concat(parts.map((part) => compress(encoding, part)));
          const { bytes, error } = await inflate(encoding, cut(whole, places));
          expect(error).toBeUndefined();
          expect(bytes.equals(Buffer.concat(parts))).toBe(true);
        },
      ),
      { numRuns: 80 },
    );
  });

  it('waits for whoever takes the pieces before it goes on to the next', async () => {
    const noise = Buffer.from(Array.from({ length: 40_000 }, () => Math.random() * 256));
    const whole = Buffer.concat([compress(encoding, noise), compress(encoding, noise)]);
    let underWay = 0;
    let most = 0;
    const take = async (): Promise<void> => {
      most = Math.max(most, (underWay += 1));
      await sleep(1);
      underWay -= 1;
    };
    const { bytes, error } = await inflate(encoding, [whole], { take });
    expect(error).toBeUndefined();
    expect(bytes.equals(Buffer.concat([noise, noise]))).toBe(true);
    expect([most, underWay]).toEqual([1, 0]);
  });

  it('bounds what all of them expand to, and how often', async () => {
    const noise = Buffer.from(Array.from({ length: 40_000 }, () => Math.random() * 256));
    const three = Buffer.concat([noise, noise, noise].map((part) => compress(encoding, part)));
    expect(await inflate(encoding, [three], { maxBytes: 120_000 })).toMatchObject({ error: undefined });
    const { bytes, error } = await inflate(encoding, [three], { maxBytes: 119_999 });
    expect(error).toMatchObject({ code: 'body_too_large' });
    expect(bytes.length).toBeLessThan(120_000);
    const zeros = compress(encoding, Buffer.alloc(60_000), 9);
    const bomb = await inflate(encoding, [Buffer.concat(Array.from({ length: 100 }, () => zeros))], {
      maxBytes: 1_000 * MIB,
    });
    expect(bomb.error).toMatchObject({ code: 'body_too_large', message: expect.stringMatching(/500 times/) });
  });

  it('refuses what is none behind the last one, in any pieces', async () => {
    const two = Buffer.concat([compress(encoding, Buffer.from('a')), compress(encoding, Buffer.from('b'))]);
    for (const rest of [Buffer.from('x'), Buffer.from('no such data'), Buffer.alloc(20)]) {
      for (const pieces of [[Buffer.concat([two, rest])], [two, rest]]) {
        expect((await inflate(encoding, pieces)).error).toMatchObject({ code: 'invalid_compression' });
      }
    }
  });
});

describe(Inflater.name, () => {
  const repeated = (encoding: Encoding, part: Uint8Array, count: number): Promise<Inflated> => {
    const one = compress(encoding, part);
    return inflate(encoding, [Buffer.concat(Array.from({ length: count }, () => one))], {
      maxBytes: 64 * MIB,
    });
  };

  it('reads 50,000 empty gzip members with one decoder', async () => {
    expect(await repeated('gzip', Buffer.alloc(0), 50_000)).toEqual({
      bytes: Buffer.alloc(0),
      error: undefined,
    });
  });

  it('reads 64 zstd frames of any size, and more where they hold 4 KiB each', async () => {
    const noise = Buffer.from(Array.from({ length: 4_096 }, () => Math.random() * 256));
    expect(await repeated('zstd', Buffer.alloc(0), 64)).toMatchObject({ error: undefined });
    expect((await repeated('zstd', noise, 1_000)).bytes).toHaveLength(1_000 * 4_096);
    expect((await repeated('zstd', Buffer.alloc(0), 65)).error).toMatchObject({
      code: 'invalid_compression',
      message: expect.stringMatching(/64 frames/),
    });
  });

  it('passes over a skippable frame of zstd (RFC 8878, section 3.1.2)', async () => {
    const skippable = Buffer.concat([Buffer.from('502a4d1804000000', 'hex'), Buffer.from('size')]);
    const frame = compress('zstd', Buffer.from('text'));
    const { bytes, error } = await inflate('zstd', [Buffer.concat([skippable, frame, skippable, frame])]);
    expect([String(bytes), error]).toEqual(['texttext', undefined]);
  });

  it('says of raw deflate that zlib is meant', async () => {
    const { error } = await inflate('deflate', [deflateRawSync('{"model":"resnet50"}')]);
    expect(error).toMatchObject({ code: 'invalid_compression', message: expect.stringMatching(/RFC 1950/) });
  });

  it('refuses a zstd frame that asks for a window of more than 8 MiB', async () => {
    // Magic number, a descriptor without content size, and the window descriptor of 16 MiB (RFC 8878, section 3.1.1).
    const frame = Buffer.from('28b52ffd0070010000', 'hex');
    const { error } = await inflate('zstd', [frame]);
    expect(error).toMatchObject({ code: 'invalid_compression', message: expect.stringMatching(/8 MiB/) });
  });
});

function changed(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 0xff;
  return copy;
}
