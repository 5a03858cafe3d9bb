import { mongo } from 'mongoose';
import { difference, pack } from '../vectors/float32-vector';
import { decodeStored } from './stored-vector';

const VALUES = [0, -0, 1.5, -2.25, Math.fround(0.1), 1.401298464324817e-45, 3.4028234663852886e38];

function bytesOf(values: readonly number[]): Buffer {
  return Buffer.from(pack(values).data, 'base64');
}

describe(decodeStored.name, () => {
  it('reads the BSON vector subtype past its two header bytes', () => {
    const vector = new mongo.Binary(Buffer.concat([Buffer.from([0x27, 0]), bytesOf(VALUES)]), 9);
    expect(difference(VALUES, decodeStored(vector).values)).toBeUndefined();
  });

  it('reads plain f32le bytes of subtype 0', () => {
    expect(difference(VALUES, decodeStored(new mongo.Binary(bytesOf(VALUES), 0)).values)).toBeUndefined();
  });

  it('reads an array of doubles', () => {
    expect(difference(VALUES, decodeStored(VALUES).values)).toBeUndefined();
  });

  it('survives a round through BSON itself', () => {
    const vector = new mongo.Binary(Buffer.concat([Buffer.from([0x27, 0]), bytesOf(VALUES)]), 9);
    const read = mongo.BSON.deserialize(mongo.BSON.serialize({ vector })).vector as unknown;
    expect(difference(VALUES, decodeStored(read).values)).toBeUndefined();
  });

  it.each([
    ['an int8 vector', new mongo.Binary(Buffer.from([0x03, 0, 1, 2]), 9), 'holds no float32 vector'],
    ['a UUID', new mongo.Binary(Buffer.alloc(16), 4), 'holds no float32 vector'],
    ['bytes cut in the middle of a value', new mongo.Binary(Buffer.alloc(7), 0), 'no whole number'],
    ['text', 'AACAPw==', 'neither'],
    ['an array with a hole', [1, null], 'neither'],
    ['nothing', undefined, 'neither'],
  ])('refuses %s', (_name, embedding, message) => {
    expect(() => decodeStored(embedding)).toThrow(message);
  });
});
