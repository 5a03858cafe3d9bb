import {
  BrokerUnavailable,
  DeadLetterTooLarge,
  ERROR_CATALOGUE,
  InvalidMetadata,
  PipelineError,
  PublishQueueFull,
  PublishRefused,
  PublishTimeout,
  ReadTimeout,
  RecordRejected,
  StoreUnavailable,
  UnreadableRecord,
  VIOLATION_CATALOGUE,
  type ErrorCode,
} from './errors';

const CODES = Object.keys(ERROR_CATALOGUE) as ErrorCode[];

describe(PipelineError.name, () => {
  it.each(CODES)('takes from the catalogue whether %s is retriable', (code) => {
    const error = new PipelineError(code, 'why');
    expect(error).toMatchObject({ code, message: 'why', retriable: ERROR_CATALOGUE[code].retriable });
  });

  it.each([
    [new InvalidMetadata([]), 'InvalidMetadata', 'invalid_metadata', false],
    [new PublishQueueFull(64), 'PublishQueueFull', 'queue_full', true],
    [new PublishTimeout(5000), 'PublishTimeout', 'publish_timeout', true],
    [new BrokerUnavailable(), 'BrokerUnavailable', 'broker_unavailable', true],
    [new DeadLetterTooLarge('x.dlq'), 'DeadLetterTooLarge', 'dead_letter_too_large', true],
    [new StoreUnavailable(), 'StoreUnavailable', 'store_unavailable', true],
    [new RecordRejected('too large'), 'RecordRejected', 'record_rejected', false],
    [new UnreadableRecord('tombstone', 'no value'), 'UnreadableRecord', 'tombstone', false],
  ])('%s has its own name, code and fate', (error, name, code, retriable) => {
    expect(error).toBeInstanceOf(PipelineError);
    expect(error).toMatchObject({ name, code, retriable });
  });

  it.each([
    ['record_too_large_for_topic', false],
    ['record_refused_by_topic', false],
    ['topic_missing', true],
    ['topic_not_authorized', true],
    ['topic_unusable', true],
  ] as const)('%s is final, and says whether it concerns the whole topic', (code, concernsTopic) => {
    const refused = { topic: 't', kafkaError: 'INVALID_RECORD' };
    expect(new PublishRefused(code, refused, 't refuses it')).toMatchObject({
      ...{ name: 'PublishRefused', code, retriable: false, refused, concernsTopic },
      message: 't refuses it; Kafka says INVALID_RECORD',
    });
  });

  it('keeps its cause', () => {
    const cause = new Error('socket closed');
    const errors = [
      new BrokerUnavailable({ cause }),
      new StoreUnavailable({ cause }),
      new RecordRejected('x', { cause }),
    ];
    expect(errors.map((error) => error.cause)).toEqual([cause, cause, cause]);
  });

  it('names the limit it ran into', () => {
    expect(new PublishQueueFull(64)).toMatchObject({
      maxBytes: 64,
      message: 'more than 64 bytes wait for Kafka',
    });
    expect(new PublishTimeout(5000).message).toBe('Kafka did not acknowledge within 5000 ms');
    expect(new ReadTimeout(1_999.62).message).toBe('the database did not answer within 2000 ms');
    expect(new RecordRejected('too large').message).toBe('the database refuses the document: too large');
  });
});

describe(InvalidMetadata.name, () => {
  it('counts the faults it lists and those it omits', () => {
    const violation = { pointer: '/model', code: 'required', message: 'is missing' } as const;
    const error = new InvalidMetadata([violation], 41);
    expect(error).toMatchObject({ violations: [violation], omitted: 41 });
    expect(error.message).toBe('42 field(s) break the contract');
  });
});

describe('the catalogues', () => {
  it.each([...Object.keys(ERROR_CATALOGUE), ...Object.keys(VIOLATION_CATALOGUE)])(
    'name %s in lower case with underscores',
    (code) => {
      expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    },
  );

  it('say in a sentence what each code means', () => {
    const meanings = Object.values(ERROR_CATALOGUE).map(({ meaning }) => meaning);
    for (const meaning of [...meanings, ...Object.values(VIOLATION_CATALOGUE)]) {
      expect(meaning).toMatch(/^[A-Za-z`].+\.$/);
    }
  });
});
