import { originOf, refusedAt, replayHeaders } from './replayed-record';
import { letterHeaders, originHeaders, sampleRecord } from './testing/sample-record';

describe(originOf.name, () => {
  it('reads positions beyond 2^53', () => {
    const record = sampleRecord({ headers: originHeaders('t:5:9007199254740993') });
    expect(originOf(record)).toEqual({ topic: 't', partition: 5, offset: 9007199254740993n });
  });

  it.each([
    {},
    { 'origin-topic': 't' },
    originHeaders(':1:2'),
    originHeaders('t:x:2'),
    originHeaders('t:1:-2'),
  ])('is undefined where the headers do not tell: %j', (headers) => {
    expect(originOf(sampleRecord({ headers }))).toBeUndefined();
  });

  it('is undefined where a header is there twice', () => {
    const record = sampleRecord({ headers: originHeaders('t:1:2') });
    const twice = { ...record.headers, 'origin-topic': [Buffer.from('t'), Buffer.from('u')] };
    expect(originOf({ ...record, headers: twice })).toBeUndefined();
  });
});

describe(refusedAt.name, () => {
  it('reads where a dead letter was refused', () => {
    const record = sampleRecord({ headers: { ...letterHeaders('t:1:2'), ...originHeaders('t:0:0') } });
    expect(refusedAt(record)).toEqual({ topic: 't', partition: 1, offset: 2n });
  });
});

describe(replayHeaders.name, () => {
  it('keeps the own headers of a dead letter and replaces what was added', () => {
    const headers = { ce_id: 'x', ...letterHeaders('t:1:2'), 'dlq-message': 'm', ...originHeaders('t:9:9') };
    const list = [Buffer.from('a'), Buffer.from('b')];
    const record = sampleRecord({ headers });
    const origin = { topic: 't', partition: 3, offset: 4n };
    expect(replayHeaders({ ...record, headers: { ...record.headers, list } }, origin)).toEqual({
      ce_id: Buffer.from('x'),
      list,
      'origin-topic': Buffer.from('t'),
      'origin-partition': Buffer.from('3'),
      'origin-offset': Buffer.from('4'),
    });
  });
});
