import { InvalidMetadata } from '@libs/domain';
import { packedJson } from '../gpu-metadata/embedding';
import { readSearch } from './read-search';

const read = (body: unknown): ReturnType<typeof readSearch> => readSearch(Buffer.from(JSON.stringify(body)));

describe(readSearch.name, () => {
  const embedding = [1, 0.5];

  it('reads an embedding of either form, and fills in ten neighbours of any kind', () => {
    const expected = { embedding: Float32Array.from(embedding), k: 10, filter: {} };
    expect(read({ embedding })).toEqual(expected);
    expect(read({ embedding: packedJson(Float32Array.from(embedding)) })).toEqual(expected);
  });

  it('reads a filter', () => {
    const texts = { model: 'resnet50', deviceName: 'Tesla T4', tag: 'colab' };
    const times = { from: '2026-01-01T01:00:00+01:00', to: '2026-02-01T00:00:00Z' };
    const filter = { ...texts, from: new Date('2026-01-01T00:00:00Z'), to: new Date(times.to) };
    expect(read({ embedding, k: 100, filter: { ...texts, ...times } })).toMatchObject({
      k: 100,
      filter,
    });
  });

  it('takes a field that is null for one that was left out', () => {
    const filter = { model: null, deviceName: null, tag: null, from: null, to: null };
    expect(read({ embedding, k: null, filter: null })).toEqual(read({ embedding }));
    expect(read({ embedding, filter })).toEqual(read({ embedding }));
  });

  it('looks for a device by its name without blanks at the ends', () => {
    const { filter } = read({ embedding, filter: { deviceName: '\u00a0Tesla T4\n' } });
    expect(filter).toEqual({ deviceName: 'Tesla T4' });
  });

  it.each([
    ['a list for a body', [], '', 'wrong_type'],
    ['no embedding', {}, '/embedding', 'required'],
    ['an empty embedding', { embedding: [] }, '/embedding', 'out_of_range'],
    ['a query without direction', { embedding: [0, -0] }, '/embedding', 'no_direction'],
    ['a value that is no number', { embedding: [1, null] }, '/embedding/1', 'wrong_type'],
    ['no neighbours', { embedding, k: 0 }, '/k', 'out_of_range'],
    ['too many neighbours', { embedding, k: 101 }, '/k', 'out_of_range'],
    ['a part of a neighbour', { embedding, k: 1.5 }, '/k', 'wrong_type'],
    [
      'a name of blanks',
      { embedding, filter: { deviceName: ' \u00a0' } },
      '/filter/deviceName',
      'out_of_range',
    ],
    ['a filter that is none', { embedding, filter: 'resnet50' }, '/filter', 'wrong_type'],
    ['an operator for a model', { embedding, filter: { model: { $ne: '' } } }, '/filter/model', 'wrong_type'],
    ['an empty model', { embedding, filter: { model: '' } }, '/filter/model', 'out_of_range'],
    ['a day for an instant', { embedding, filter: { from: '2026-01-01' } }, '/filter/from', 'invalid_format'],
    ['an unknown field', { embedding, top: 3 }, '/top', 'unknown_field'],
    ['an unknown filter', { embedding, filter: { $where: '1' } }, '/filter/$where', 'unknown_field'],
  ])('names the fault of %s', (_, body, pointer, code) => {
    let thrown: unknown;
    try {
      read(body);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(InvalidMetadata);
    expect((thrown as InvalidMetadata).violations).toEqual([expect.objectContaining({ pointer, code })]);
  });
});
