import { valuesOf } from './page/embedding.js';
import { envelope } from './page/envelope.js';
import { fieldsOf } from './page/fields.js';
import { bytes } from './page/format.js';
import { groupHours, HOUR_MS } from './page/hourly-groups.js';
import { lonelyValue } from './page/lonely-value.js';
import { byMinute, latencyInWords, throughputInWords } from './page/traffic.js';

const NO_LATENCY = { p50Ms: null, p95Ms: null, p99Ms: null };

describe('what the console makes of the figures', () => {
  it('unpacks a vector bit for bit', () => {
    const vector = Float32Array.of(0, -1.5, 3.4028234663852886e38, 1e-40, Math.PI);
    const data = Buffer.from(vector.buffer).toString('base64');
    expect(valuesOf({ encoding: 'f32le-base64', dimension: 5, data })).toEqual(vector);
  });

  it('draws the lowest and the highest value of each column, and fewer columns for a short vector', () => {
    expect(envelope([1, 5, -2, 3, 9, 0], 3)).toEqual([
      { low: 1, high: 5 },
      { low: -2, high: 3 },
      { low: 0, high: 9 },
    ]);
    expect(envelope([7], 3)).toEqual([{ low: 7, high: 7 }]);
    const columns = envelope(
      Float32Array.from({ length: 2048 }, (_, index) => index),
      120,
    );
    expect(columns).toHaveLength(120);
    expect([columns[0]?.low, columns.at(-1)?.high]).toEqual([0, 2047]);
  });

  it('names every field of a record by its path', () => {
    const record = {
      eventId: 'e',
      embedding: [1],
      gpu: { totalMemoryBytes: 1_073_741_824, cudaVersion: null, memoryUtilization: 1.6 },
      tags: ['a', 'b'],
      attributes: { 'eval/loss': 0.3, 'model.type': 'cnn' },
      producer: {},
    };
    expect(fieldsOf(record)).toEqual([
      ['eventId', 'e'],
      ['gpu.totalMemoryBytes', '1073741824 (1 GiB)'],
      ['gpu.cudaVersion', 'not known'],
      ['gpu.memoryUtilization', '1.6'],
      ['tags', 'a, b'],
      ['attributes.eval/loss', '0.3'],
      ['attributes.model.type', 'cnn'],
      ['producer', 'none'],
    ]);
  });

  it.each([
    [0, '0 B'],
    [1023, '1,020 B'],
    [1024, '1 KiB'],
    [15_843_721_216, '14.8 GiB'],
  ])('writes %d bytes as %s', (value, text) => {
    expect(bytes(value)).toBe(text);
  });

  it('puts hours together by model and device, the most records first', () => {
    const fromMs = Date.parse('2026-11-21T00:00:00Z');
    const at = (hour: number): string => new Date(fromMs + hour * HOUR_MS).toISOString();
    const items = [
      { hour: at(1), model: 'a', deviceName: 'cpu', count: 2 },
      { hour: at(0), model: 'a', deviceName: 'cpu', count: 3 },
      { hour: at(2), model: 'a', deviceName: 'T4', count: 9 },
      { hour: at(3), model: 'a', deviceName: 'T4', count: 99 },
      { hour: at(-1), model: 'a', deviceName: 'T4', count: 99 },
    ];
    expect(groupHours(items, { fromMs, hours: 3 })).toEqual([
      { model: 'a', deviceName: 'T4', total: 9, hours: [0, 0, 9] },
      { model: 'a', deviceName: 'cpu', total: 5, hours: [3, 2, 0] },
    ]);
  });

  it('tells traffic by the minute, with the slowest second of each', () => {
    const point = { accepted: 1, refused: 2, p50Ms: 3, p95Ms: 4, p99Ms: 5 };
    const points = [
      { ...point, at: '2026-11-21T12:00:58.000Z' },
      { ...point, at: '2026-11-21T12:00:59.000Z', p99Ms: 50 },
      { ...point, ...NO_LATENCY, at: '2026-11-21T12:01:00.000Z', accepted: 0 },
    ];
    expect(byMinute(points)).toEqual([
      { atMs: Date.parse('2026-11-21T12:00:00Z'), accepted: 2, refused: 4, p50Ms: 3, p95Ms: 4, p99Ms: 50 },
      { atMs: Date.parse('2026-11-21T12:01:00Z'), accepted: 0, refused: 2, ...NO_LATENCY },
    ]);
    expect(throughputInWords(points)).toBe(
      'Over 3 seconds 2 records accepted, 6 refused; 0.667 a second on average, 1 at most.',
    );
    expect(latencyInWords(points)).toBe(
      'Of the latest records half took 3 ms or less, 95 % 4 ms, 99 % 50 ms.',
    );
  });

  it('marks a value as a point where it is the only one of its line', () => {
    expect(lonelyValue([null, 7, null])).toEqual([1]);
    expect(lonelyValue([null, 7, null, 0])).toEqual([]);
    expect(lonelyValue([null, undefined])).toEqual([]);
  });

  it('says so where there was no traffic', () => {
    expect(throughputInWords([])).toMatch(/^Over 0 seconds 0 records accepted/);
    expect(latencyInWords([])).toBe('No record was accepted in these minutes.');
  });
});
