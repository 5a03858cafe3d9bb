import type { KafkaMessage } from 'kafkajs';
import { messageParts } from './fetched-batch';

const SMALL_BYTES = 100;

describe(messageParts.name, () => {
  const message = (name: string, bytes = SMALL_BYTES): KafkaMessage => {
    const fetched = {
      key: Buffer.from(name),
      value: null,
      timestamp: '0',
      attributes: 0,
      offset: '0',
      bytes,
    };
    return { ...fetched, headers: {} };
  };
  const small = ['a', 'b', 'c', 'd', 'e'].map((name) => message(name));
  const partsOf = (messages: readonly KafkaMessage[], maxRecords: number, maxBytes: number): string[] =>
    Array.from(messageParts(messages, { maxRecords, maxBytes }), (part) =>
      part.map(({ key }) => String(key)).join(''),
    );

  it.each([
    ['by their number', 2, 10_000, ['ab', 'cd', 'e']],
    ['by their bytes', 9, 3 * SMALL_BYTES, ['abc', 'de']],
    ['before they pass the limit by one byte', 9, 3 * SMALL_BYTES - 1, ['ab', 'cd', 'e']],
    ['not at all within both limits', 5, 5 * SMALL_BYTES, ['abcde']],
  ])('cuts records %s, in order', (_name, maxRecords, maxBytes, parts) => {
    expect(partsOf(small, maxRecords, maxBytes)).toEqual(parts);
  });

  it('makes a part of its own of a record that is larger than the limit', () => {
    const messages = [message('a'), message('L', 5_000), message('b'), message('M', 5_000)];
    expect(partsOf(messages, 9, 1_000)).toEqual(['a', 'L', 'b', 'M']);
  });

  it('makes none of nothing', () => {
    expect(partsOf([], 1, 1)).toEqual([]);
  });
});
