import {
  ERROR_CATALOGUE,
  PipelineError,
  RecordRejected,
  UnreadableRecord,
  type ErrorCode,
} from '@libs/domain';
import { backoffMs, classifyError, type ErrorClass } from './retry-policy';

type UnreadableCode = UnreadableRecord['code'];

const UNREADABLE: Record<UnreadableCode, true> = {
  tombstone: true,
  undecodable_record: true,
  too_large_to_read: true,
  unknown_schema_version: true,
  missing_header: true,
  invalid_record: true,
};
const RETRIED: readonly ErrorCode[] = [
  'too_many_failures',
  'rate_limited',
  'request_timeout',
  'internal_error',
  'not_ready',
  'queue_full',
  'publish_timeout',
  'broker_unavailable',
  'overloaded',
  'shutting_down',
  'read_timeout',
  'store_unavailable',
  'dead_letter_too_large',
  'archive_unavailable',
];
const codes = Object.keys(ERROR_CATALOGUE) as ErrorCode[];

describe(classifyError.name, () => {
  it.each(codes)('knows %s, which one record earned, a dependency causes, or we did', (code) => {
    const isUnreadable = (one: ErrorCode): one is UnreadableCode => one in UNREADABLE;
    const errorOf = (): PipelineError => {
      if (isUnreadable(code)) return new UnreadableRecord(code, 'x');
      return code === 'record_rejected' ? new RecordRejected('x') : new PipelineError(code, 'x');
    };
    const expected = (): ErrorClass => {
      if (isUnreadable(code) || code === 'record_rejected') return 'dead-letter';
      return RETRIED.includes(code) ? 'retry' : 'stop';
    };
    expect(classifyError(errorOf())).toBe(expected());
  });

  it.each([new TypeError('x is not a function'), new RangeError('too long'), 'a text', undefined])(
    'stops on %p',
    (error) => {
      expect(classifyError(error)).toBe('stop');
    },
  );
});

const SAMPLES = 500;
const waitsOf = (attempt: number): number[] => Array.from({ length: SAMPLES }, () => backoffMs(attempt));

describe(backoffMs.name, () => {
  it.each([
    [1, 100],
    [2, 200],
    [6, 3_200],
    [7, 5_000],
    [1_000_000, 5_000],
  ])('waits after try %d at most %d ms, and uses most of that span', (attempt, longestMs) => {
    const waits = waitsOf(attempt);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...waits)).toBeLessThanOrEqual(longestMs);
    expect(Math.max(...waits)).toBeGreaterThan(longestMs * 0.8);
    expect(Math.min(...waits)).toBeLessThan(longestMs * 0.2);
  });
});
