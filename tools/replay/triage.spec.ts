import { UnreadableRecord } from '@libs/domain';
import { letterHeaders, originHeaders, sampleRecord } from './testing/sample-record';
import { Triage, type ReplayPlan } from './triage';

const planOf = (changes: Partial<ReplayPlan> = {}): ReplayPlan => ({
  topic: 't',
  sourceTopic: 't',
  eventIds: [],
  codes: [],
  ranges: [{ partition: 0, from: 10n, to: 20n }],
  ...changes,
});

describe(Triage.name, () => {
  it('replays a record under its own position', () => {
    const verdict = new Triage(planOf()).judge(sampleRecord({ at: 't:0:10' }));
    expect(verdict).toEqual({ kind: 'replay', origin: { topic: 't', partition: 0, offset: 10n }, home: 0 });
  });

  it.each([
    ['first of the range', 't:0:10', 'copy'],
    ['last of the range', 't:0:19', 'copy'],
    ['before the range, expired perhaps', 't:0:9', 'replay'],
    ['past the range', 't:0:20', 'replay'],
    ['on a partition that is not selected', 't:1:15', 'replay'],
    ['on another topic', 'u:0:15', 'replay'],
  ])('judges a copy by its original: %s', (_, at, kind) => {
    const record = sampleRecord({ at: 't:0:15', headers: originHeaders(at) });
    expect(new Triage(planOf()).judge(record).kind).toBe(kind);
  });

  it('keeps the origin of a copy whose original is not selected', () => {
    const record = sampleRecord({ at: 't:0:15', headers: originHeaders('t:4:2') });
    expect(new Triage(planOf()).judge(record)).toMatchObject({
      origin: { partition: 4, offset: 2n },
      home: 0,
    });
  });

  it('leaves out other keys, and records without a key', () => {
    const triage = new Triage(planOf({ eventIds: ['a', 'b'] }));
    const kinds = ['a', 'b', 'c', null].map((key) => triage.judge(sampleRecord({ key })).kind);
    expect(kinds).toEqual(['replay', 'replay', 'other', 'other']);
  });

  it('finds an event id in either case, and another key only as it is', () => {
    const id = '0198f0c0-0000-7000-8000-00000000000a';
    const triage = new Triage(planOf({ eventIds: [id.toUpperCase(), 'Host/0'] }));
    const kinds = [id, id.toUpperCase(), 'Host/0', 'host/0'].map(
      (key) => triage.judge(sampleRecord({ key })).kind,
    );
    expect(kinds).toEqual(['replay', 'replay', 'replay', 'other']);
  });

  describe('of dead letters', () => {
    const letters = planOf({ sourceTopic: 't.dlq' });
    const letter = (at: string, headers: Record<string, string>) =>
      sampleRecord({ at: `t.dlq:${at}`, headers });

    it('brings a letter back to where it was refused, and keeps an earlier origin', () => {
      const triage = new Triage(letters);
      expect(triage.judge(letter('0:0', letterHeaders('t:3:7')))).toEqual({
        kind: 'replay',
        origin: { topic: 't', partition: 3, offset: 7n },
        home: 3,
      });
      const replayed = { ...letterHeaders('t:3:9'), ...originHeaders('t:1:1') };
      expect(triage.judge(letter('0:1', replayed))).toMatchObject({
        origin: { partition: 1, offset: 1n },
        home: 3,
      });
    });

    it('takes one of the letters of a record that was refused again', () => {
      const triage = new Triage(letters);
      const again = { ...letterHeaders('t:3:50'), ...originHeaders('t:3:7') };
      const kinds = [letterHeaders('t:3:7'), again, letterHeaders('t:3:8')].map(
        (headers, at) => triage.judge(letter(`0:${at}`, headers)).kind,
      );
      expect(kinds).toEqual(['replay', 'copy', 'replay']);
    });

    it('leaves out other codes', () => {
      const triage = new Triage({ ...letters, codes: ['tombstone'] });
      expect(triage.judge(letter('0:0', letterHeaders('t:0:0', 'tombstone'))).kind).toBe('replay');
      expect(triage.judge(letter('0:1', letterHeaders('t:0:1', 'invalid_record'))).kind).toBe('other');
    });

    it('leaves letters that hold only a part of their record, and records that cannot be read', () => {
      const truncated = { ...letterHeaders('t:0:0'), 'dlq-truncated': 'value' };
      expect(new Triage(letters).judge(letter('0:0', truncated)).kind).toBe('partial');
      const error = new UnreadableRecord('too_large_to_read', 'expands too far');
      const unread = { error, lastOffset: 10n };
      const record = { ...sampleRecord({ at: 't:0:10' }), unread };
      expect(new Triage(planOf()).judge(record).kind).toBe('partial');
    });

    it('leaves letters that do not tell where they came from, or came from elsewhere', () => {
      const triage = new Triage(letters);
      expect(triage.judge(letter('0:0', {})).kind).toBe('homeless');
      expect(triage.judge(letter('0:1', letterHeaders('u:0:0'))).kind).toBe('homeless');
    });
  });
});
