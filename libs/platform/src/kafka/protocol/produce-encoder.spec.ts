import fc from 'fast-check';
import { CompressionTypes, type Message } from 'kafkajs';
import produce, { type ProduceOptions } from 'kafkajs/src/protocol/requests/produce';
import { registerProduceEncoder } from './produce-encoder';

const VERSION = 7;
const kafkajs = produce.protocol({ version: VERSION });
const kafkajsOfOldBrokers = produce.protocol({ version: 2 });
registerProduceEncoder();
const ours = produce.protocol({ version: VERSION });

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));
const text = fc.string({ unit: 'binary', maxLength: 80 });
const headerValue = fc.oneof(bytes, text);
const messages = fc.record(
  {
    key: fc.oneof(bytes, text, fc.constant(null)),
    value: fc.oneof(bytes, text, fc.constant(null), fc.constant(Buffer.alloc(20_000, 7))),
    headers: fc.dictionary(text, fc.oneof(headerValue, fc.array(headerValue, { maxLength: 3 })), {
      maxKeys: 9,
    }),
  },
  { requiredKeys: ['value'] },
);
const requests = fc.record({
  acks: fc.constantFrom(-1, 1),
  timeout: fc.nat(),
  producerId: fc.constant(-1),
  topicData: fc.array(
    fc.record({
      topic: fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
      partitions: fc.array(
        fc.record({
          partition: fc.nat(),
          messages: fc.array(messages as fc.Arbitrary<Message>, { minLength: 1, maxLength: 70 }),
        }),
        { maxLength: 4 },
      ),
    }),
    { maxLength: 3 },
  ),
});

const written = async (protocol: typeof ours, options: ProduceOptions): Promise<string> =>
  (await protocol(options).request.encode()).buffer.toString('hex');

/** kafkajs' own encoder is the judge. */
describe(registerProduceEncoder.name, () => {
  beforeEach(() => {
    jest.useFakeTimers({
      now: new Date('2026-11-21T05:40:00.250Z'),
      doNotFake: ['nextTick', 'queueMicrotask'],
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('writes the same bytes as kafkajs, whatever the records hold', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (options) => {
        expect(await written(ours, options)).toBe(await written(kafkajs, options));
      }),
    );
  });

  const message = { key: 'k', value: 'v' };
  it.each<[string, Partial<ProduceOptions>, Message]>([
    ['compressed', { compression: CompressionTypes.GZIP }, message],
    ['transactional', { transactionalId: 't' }, message],
    ['idempotent', { producerId: 7 }, message],
    ['dated by their producer', {}, { ...message, timestamp: '1700000000000' }],
  ])('leaves records that are %s to kafkajs', async (_name, options, record) => {
    const partitions = [{ partition: 0, messages: [record] }];
    const whole = { acks: -1, timeout: 1, topicData: [{ topic: 't', partitions }], ...options };
    expect(await written(ours, whole)).toBe(await written(kafkajs, whole));
  });

  it('leaves brokers of before Kafka 0.11 to kafkajs', () => {
    expect(produce.protocol({ version: 2 })).toBe(kafkajsOfOldBrokers);
  });

  describe('reading what the broker answers', () => {
    const [ACKNOWLEDGED, NOT_LEADER, TOO_LARGE] = [0, 6, 10];
    const parsed = (options: Partial<ProduceOptions>, codes: readonly number[]): Promise<object> => {
      const partitions = codes.map((errorCode, partition) => ({ partition, errorCode }));
      const { response } = ours({ acks: -1, timeout: 1, topicData: [], ...options });
      return response.parse({ topics: [{ partitions }] });
    };

    it.each([
      ['one partition is acknowledged and another is not', [ACKNOWLEDGED, NOT_LEADER, TOO_LARGE]],
      ['no retry mends what one partition failed with', [NOT_LEADER, TOO_LARGE]],
    ])('keeps the answer of each partition where %s', async (_name, codes) => {
      expect(await parsed({}, codes)).toMatchObject({
        topics: [{ partitions: codes.map((errorCode) => ({ errorCode })) }],
      });
    });

    it('leaves it to kafkajs to try again where all of it may succeed later', async () => {
      await expect(parsed({}, [NOT_LEADER, NOT_LEADER])).rejects.toMatchObject({
        type: 'NOT_LEADER_FOR_PARTITION',
      });
    });

    it('leaves the answers to other requests to kafkajs', async () => {
      const packed = { compression: CompressionTypes.GZIP };
      await expect(parsed(packed, [TOO_LARGE])).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
    });
  });
});
