import { IndexSet } from '../index-set';
import { RunIdentity } from '../records/run-identity';
import { loadSettings } from '../settings';
import { Tally } from '../tally';
import type { Verification } from '../verify/verification';
import { exitCodeOf, summaryOf, type Summary } from './summary';
import { summaryText } from './summary-text';

const sound: Verification = {
  where: 'api',
  acknowledged: 2,
  equal: 2,
  missing: 0,
  differing: 0,
  unread: 0,
  copies: 0,
  examples: [],
  seconds: 1,
};

function summary(note: (tally: Tally) => void, verification?: Partial<Verification>): Summary {
  const settings = loadSettings({ LOAD_RATE: '10' });
  const run = new RunIdentity({ ...settings, startedAtMs: 0, run: 5 });
  const tally = new Tally(new IndexSet());
  note(tally);
  return summaryOf({
    settings,
    run,
    tally,
    target: 'http://127.0.0.1:8000/v1/metadata',
    sent: {
      startMs: performance.now(),
      arrived: 20,
      latenessMs: 3,
      bottleneckSeconds: { producer: 1, connections: 0, none: 1 },
    },
    ceilingRate: 4_321,
    verification: verification && { ...sound, ...verification },
    idOf: (index) => `record-${index}`,
  });
}

const nothing = (): void => undefined;
const refusal = { code: 'wrong_type', pointer: '/embedding/17', message: 'must be\u0007 a number' };
const refuse = (tally: Tally): void => {
  tally.noteRefused(4, { kind: 'refused', label: '422 invalid_metadata', refusal });
};

describe(exitCodeOf.name, () => {
  it.each([
    ['all is well', summary(nothing, {}), 0],
    ['records were refused', summary(refuse), 1],
    [
      'records failed',
      summary((tally) => {
        tally.noteFailed(1);
      }),
      1,
    ],
    ['records were never sent', summary((tally) => (tally.neverSent = 1)), 4],
    ['records were left unsent by a signal', summary((tally) => (tally.leftUnsent = 1)), 0],
    ['a record is missing, and others were refused', summary(refuse, { missing: 1 }), 3],
    ['a record differs', summary(nothing, { differing: 1 }), 3],
    ['records could not be read', summary(refuse, { unread: 1 }), 5],
    ['nothing could be read', summary(nothing, { fault: 'the API answers reads with 501' }), 5],
  ])('when %s', (_name, given, expected) => {
    expect(exitCodeOf(given)).toBe(expected);
  });
});

describe(summaryText.name, () => {
  it('reckons the rate over the time that the records had', () => {
    const { seconds, achievedRate } = summary((tally) => {
      for (let index = 0; index < 20; index++) tally.noteAcknowledged(index, 5);
    });
    expect([seconds, achievedRate]).toEqual([2, 10]);
  });

  it('shows an example of each kind of refusal, fit for a terminal', () => {
    const text = summaryText(summary(refuse));
    expect(text).toMatch(
      /422 invalid_metadata {2}wrong_type {2}\/embedding\/\* {2}1 +record-4 +must be\\u0007 a number/,
    );
  });

  it('names the producer where it held records back', () => {
    expect(summaryText(summary(nothing))).toMatch(/bottleneck +this producer, in 1 of 2 s/);
  });

  it('says what is missing', () => {
    const text = summaryText(summary(nothing, { equal: 1, missing: 1, examples: ['record-7 is missing'] }));
    expect(text).toContain(
      '1 of 2 acknowledged records read back through the API are equal, vectors bit for bit; 1 missing',
    );
    expect(text).toContain('record-7 is missing');
  });
});
