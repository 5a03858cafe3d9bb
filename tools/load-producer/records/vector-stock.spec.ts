import { unpack } from '../../vectors/float32-vector';
import { VectorStock } from './vector-stock';

const valuesOf = (dimension: number, data: string): number[] =>
  unpack({ encoding: 'f32le-base64', dimension, data });

describe(VectorStock.name, () => {
  it.each([1, 2, 3, 4, 5, 2_048])('gives the same %i values in each form', (dimension) => {
    const vector = new VectorStock(dimension, 7).of(130);
    const values = valuesOf(dimension, vector.base64());
    expect(vector.bytes().toString('base64')).toBe(vector.base64());
    expect((JSON.parse(vector.jsonNumbers()) as number[]).map(Math.fround)).toEqual(values);
  });

  it('gives the same vector for the same seed and index, and another for any other', () => {
    const texts = Array.from({ length: 300 }, (_, index) => new VectorStock(8, 7).of(index).base64());
    expect(texts[65]).toBe(new VectorStock(8, 7).of(65).base64());
    expect(new Set(texts).size).toBe(300);
    expect(new VectorStock(8, 8).of(65).base64()).not.toBe(texts[65]);
  });

  it('gives vectors of about unit norm with values on both sides of zero', () => {
    const values = valuesOf(2_048, new VectorStock(2_048, 7).of(3).base64());
    expect(Math.hypot(...values)).toBeGreaterThan(0.9);
    expect(Math.hypot(...values)).toBeLessThan(1.1);
    const positive = values.filter((value) => value > 0).length;
    expect(positive).toBeGreaterThan(900);
    expect(positive).toBeLessThan(1_150);
  });
});
