import { UsageError } from './replay-error';
import { givenSelection, parseSelection, type SelectionOptions } from './selection';

describe(parseSelection.name, () => {
  it.each<[string, SelectionOptions, object]>([
    [
      'the whole topic',
      { all: true },
      { topic: 'gpu-metadata', sourceTopic: 'gpu-metadata', eventIds: [], codes: [] },
    ],
    [
      'offsets of a partition',
      { partition: '3', fromOffset: '5', toOffset: '9' },
      { partition: 3, fromOffset: 5n, toOffset: 9n },
    ],
    ['offsets without an end', { partition: '3', fromOffset: '5' }, { fromOffset: 5n, toOffset: undefined }],
    [
      'times with an offset from UTC',
      { from: '2026-11-21T06:00:00+01:00', to: '2026-11-21T06:00:00Z' },
      { from: new Date('2026-11-21T05:00:00Z'), to: new Date('2026-11-21T06:00:00Z') },
    ],
    ['dead letters', { dlq: true, topic: 't' }, { topic: 't', sourceTopic: 't.dlq' }],
    [
      'dead letters by code, time and key',
      { dlq: true, code: ['a', 'b'], from: '2026-11-21T05:00:00Z', eventId: ['k'] },
      { codes: ['a', 'b'], eventIds: ['k'], from: new Date('2026-11-21T05:00:00Z') },
    ],
  ])('reads %s', (_, options, expected) => {
    expect(parseSelection(options)).toMatchObject(expected);
  });

  it.each<[string, SelectionOptions, string]>([
    ['nothing', {}, 'Nothing is selected'],
    ['a topic alone', { topic: 't' }, 'Nothing is selected'],
    [
      'all and a part',
      { all: true, eventId: ['k'], code: ['c'], dlq: true },
      'contradicts --event-id, --code',
    ],
    ['offsets without a partition', { fromOffset: '1' }, 'add --partition'],
    [
      'offsets and times',
      { partition: '0', toOffset: '1', from: '2026-11-21T05:00:00Z' },
      'by offset or by time',
    ],
    ['codes of a topic that has none', { code: ['c'] }, 'add --dlq'],
    ['a dead-letter topic by its name', { topic: 't.dlq', all: true }, '--topic t --dlq'],
    [
      'an empty range of offsets',
      { partition: '0', fromOffset: '2', toOffset: '2' },
      '--to-offset must be past',
    ],
    [
      'an empty range of times',
      { from: '2026-11-21T05:00:00Z', to: '2026-11-21T05:00:00Z' },
      '--to must be later',
    ],
    ['a negative offset', { partition: '0', fromOffset: '-1' }, '--from-offset must be an offset; got "-1"'],
    [
      'a day without a time',
      { from: '2026-11-21' },
      '(RFC 3339): it is a date without a time; got "2026-11-21".',
    ],
    ['a time without offset', { to: '2026-11-21 05:00:00' }, '(RFC 3339): it has no offset;'],
  ])('refuses %s', (_, options, message) => {
    expect(() => parseSelection(options)).toThrow(UsageError);
    expect(() => parseSelection(options)).toThrow(message);
  });

  it('names all faults at once', () => {
    const options = { fromOffset: 'x', to: 'y', code: ['c'] };
    expect(() => parseSelection(options)).toThrow(
      /add --partition[^]*not by both[^]*add --dlq[^]*"x"[^]*"y"/,
    );
  });
});

describe(givenSelection.name, () => {
  it('names the options that say what to replay', () => {
    expect(givenSelection({ topic: 't', dlq: true, to: 'x' })).toEqual(['--topic', '--dlq', '--to']);
  });
});
