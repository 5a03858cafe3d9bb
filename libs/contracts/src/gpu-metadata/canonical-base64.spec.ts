import { decodeCanonicalBase64 } from './canonical-base64';

const decoded = (text: string): number[] | undefined => {
  const bytes = decodeCanonicalBase64(text);
  return bytes && [...bytes];
};

describe(decodeCanonicalBase64.name, () => {
  it('decodes a text again once another one, sound or not, was decoded', () => {
    expect(decoded('AACAPw==')).toEqual([0, 0, 128, 63]);
    expect(decoded('AACAPx==')).toBeUndefined();
    expect(decoded('AACAPw==')).toEqual([0, 0, 128, 63]);
    expect(decoded('AABAQA==')).toEqual([0, 0, 64, 64]);
    expect(decoded('AACAPw==')).toEqual([0, 0, 128, 63]);
    expect(decoded('AACAPx==')).toBeUndefined();
  });

  it('decodes what is longer than any vector', () => {
    const bytes = Buffer.alloc(40_000, 'vector');
    expect(decodeCanonicalBase64(bytes.toString('base64'))).toEqual(bytes);
  });

  it('aligns what it decodes for float32', () => {
    for (const length of [4, 8, 32_768, 32_772, 40_000]) {
      const { byteOffset } = decodeCanonicalBase64(Buffer.alloc(length).toString('base64'))!;
      expect(byteOffset % 4).toBe(0);
    }
  });
});
