import {
  KafkaJSError,
  KafkaJSNonRetriableError,
  type Kafka,
  type ProducerRecord,
  type RecordMetadata,
} from 'kafkajs';
import { createErrorFromCode } from 'kafkajs/src/protocol/error';
import type { StreamPosition } from '@libs/domain';
import { createLogger } from '../logger';
import { KafkaProducer, type SendOutcome } from './kafka-producer';

const TOPIC = 't';
/** Kafka's own numbers. */
const CODES = {
  NOT_LEADER_FOR_PARTITION: 6,
  MESSAGE_TOO_LARGE: 10,
  RECORD_LIST_TOO_LARGE: 18,
  INVALID_REQUIRED_ACKS: 21,
  INVALID_TOPIC_EXCEPTION: 17,
  TOPIC_AUTHORIZATION_FAILED: 29,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  INVALID_TIMESTAMP: 32,
  UNSUPPORTED_VERSION: 35,
  INVALID_REQUEST: 42,
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 43,
  POLICY_VIOLATION: 44,
  UNSUPPORTED_COMPRESSION_TYPE: 76,
  INVALID_RECORD: 87,
} as const;
const UNKNOWN_TOPIC = 3;
const UNKNOWN_SERVER_ERROR = -1;

/** What the broker says of a partition's messages; 0: it appends them. */
type Broker = (values: readonly string[], partition: number, acks: number) => number;

interface Setting {
  readonly producer: KafkaProducer;
  /** The values of each request, by partition. */
  readonly requests: string[][];
}

interface Played {
  readonly broker?: Broker;
  readonly limits?: Readonly<Record<string, string>>;
  readonly connect?: () => Promise<void>;
}

/** kafkajs as our Produce encoder leaves it: a request with one answer that stands does not throw. */
function setUp({ broker = () => 0, limits, connect = () => Promise.resolve() }: Played = {}): Setting {
  const requests: string[][] = [];
  const ends = new Map<number, number>();
  const append = (partition: number, count: number): string => {
    const baseOffset = ends.get(partition) ?? 0;
    ends.set(partition, baseOffset + count);
    return String(baseOffset);
  };
  const send = ({ messages, acks }: ProducerRecord): RecordMetadata[] => {
    const byPartition = Map.groupBy(messages, ({ partition }) => partition ?? 0);
    requests.push(messages.map(({ value }) => String(value)));
    return [...byPartition].map(([partition, own]) => {
      const errorCode = broker(
        own.map(({ value }) => String(value)),
        partition,
        acks!,
      );
      const baseOffset = errorCode === 0 ? append(partition, own.length) : '-1';
      return { topicName: TOPIC, partition, errorCode, baseOffset };
    });
  };
  const describeConfigs = (): object => {
    if (!limits) throw new KafkaJSError('not authorized');
    const configEntries = Object.entries(limits).map(([configName, configValue]) => ({
      configName,
      configValue,
    }));
    return { resources: [{ configEntries }] };
  };
  const kafka = {
    producer: () => ({
      connect,
      disconnect: () => Promise.resolve(),
      send: (record: ProducerRecord) => Promise.resolve(record).then(send),
    }),
    admin: () => ({
      connect: () => Promise.resolve(),
      describeConfigs: () => Promise.resolve().then(describeConfigs),
    }),
  };
  return { producer: new KafkaProducer(kafka as unknown as Kafka, createLogger('test', 'silent')), requests };
}

/** As kafkajs' retries do. */
function wrapped(cause: Error): Error {
  return Object.assign(new KafkaJSNonRetriableError(cause), { cause });
}

const thatThrows = (error: Error): Broker => {
  return () => {
    throw error;
  };
};
/** One message for each text, all on one partition. */
const request = (values: readonly string[], partition = 0): Omit<ProducerRecord, 'acks'> => ({
  topic: TOPIC,
  messages: values.map((value) => ({ value, partition })),
});
const at = (offset: number, partition = 0): StreamPosition => ({
  topic: TOPIC,
  partition,
  offset: BigInt(offset),
});
const codesOf = (outcomes: readonly SendOutcome[]): string[] =>
  outcomes.map((outcome) => (outcome instanceof Error ? outcome.code : 'acknowledged'));

describe(KafkaProducer.name, () => {
  it('answers the position of each message', async () => {
    const { producer } = setUp();
    const messages = [...request(['a', 'b']).messages, ...request(['c'], 1).messages];
    expect(await producer.send({ topic: TOPIC, messages })).toEqual([at(0), at(1), at(0, 1)]);
  });

  it('takes a partition without an answer for a broker that is away', async () => {
    const kafka = { producer: () => ({ send: () => Promise.resolve([]) }) };
    const producer = new KafkaProducer(kafka as unknown as Kafka, createLogger('test', 'silent'));
    expect(codesOf(await producer.send(request(['a'])))).toEqual(['broker_unavailable']);
  });

  it('never takes a fault of ours for one of Kafka, which would be tried again for ever', async () => {
    const fault = new TypeError('a bug');
    const { producer } = setUp({ broker: thatThrows(wrapped(fault)) });
    await expect(producer.send(request(['a']))).rejects.toBe(fault);
  });

  it.each([
    ['an error of Kafka that passes', createErrorFromCode(CODES.NOT_LEADER_FOR_PARTITION)],
    ['an error of Kafka that says nothing', createErrorFromCode(UNKNOWN_SERVER_ERROR)],
    ['a connection that ended', new KafkaJSError('closed')],
  ])('makes %s retriable', async (_name, error) => {
    const { producer } = setUp({ broker: thatThrows(wrapped(error)) });
    const [outcome] = await producer.send(request(['a']));
    expect(outcome).toMatchObject({ code: 'broker_unavailable', retriable: true });
  });

  describe('where one record of a batch is refused', () => {
    const tooLarge: Broker = (values) => (values.join('').length > 6 ? CODES.MESSAGE_TOO_LARGE : 0);
    const refusing =
      (code: number): Broker =>
      (values) =>
        values.includes('bad') ? code : 0;

    it('refuses that record alone, with both sizes', async () => {
      const { producer } = setUp({ broker: tooLarge, limits: { 'max.message.bytes': '6' } });
      const outcomes = await producer.send(request(['a', 'much too long', 'b']));
      expect(codesOf(outcomes)).toEqual(['acknowledged', 'record_too_large_for_topic', 'acknowledged']);
      expect(outcomes[1]).toMatchObject({
        retriable: false,
        refused: { topic: TOPIC, kafkaError: 'MESSAGE_TOO_LARGE' },
        message: 'the record is 81 bytes, t takes 6 (its max.message.bytes); Kafka says MESSAGE_TOO_LARGE',
      });
    });

    it('names the size of a segment where that is what the record is too large for', async () => {
      const limits = { 'max.message.bytes': '100', 'segment.bytes': '50' };
      const { producer } = setUp({ broker: refusing(CODES.RECORD_LIST_TOO_LARGE), limits });
      const [outcome] = await producer.send(request(['bad']));
      expect(outcome).toMatchObject({ message: expect.stringContaining('t takes 50 (its segment.bytes)') });
    });

    it('says so without the size of the topic where Kafka does not tell it', async () => {
      const [outcome] = await setUp({ broker: tooLarge }).producer.send(request(['much too long']));
      expect(outcome).toMatchObject({
        message: expect.stringContaining('more than the max.message.bytes of t'),
      });
    });

    it('takes all of a batch that is too large only together', async () => {
      const { producer } = setUp({ broker: tooLarge });
      expect(codesOf(await producer.send(request(['aaaa', 'bbbb', 'cccc'])))).toEqual(
        Array.from({ length: 3 }, () => 'acknowledged'),
      );
    });

    it.each(['INVALID_RECORD', 'INVALID_TIMESTAMP', 'POLICY_VIOLATION'] as const)(
      'refuses that record alone with %s',
      async (kafkaError) => {
        const { producer } = setUp({ broker: refusing(CODES[kafkaError]) });
        const outcomes = await producer.send(request(['a', 'bad', 'b']));
        expect(codesOf(outcomes)).toEqual(['acknowledged', 'record_refused_by_topic', 'acknowledged']);
        expect(outcomes[1]).toMatchObject({ retriable: false, refused: { kafkaError } });
      },
    );

    it('sends nothing again that was acknowledged', async () => {
      const { producer, requests } = setUp({ broker: refusing(CODES.INVALID_RECORD) });
      const messages = [...request(['a', 'bad']).messages, ...request(['c'], 1).messages];
      expect(codesOf(await producer.send({ topic: TOPIC, messages }))).toEqual([
        'acknowledged',
        'record_refused_by_topic',
        'acknowledged',
      ]);
      expect(requests).toEqual([['a', 'bad', 'c'], ['a'], ['bad']]);
    });
  });

  it('sends a partition that may succeed later again, and nothing else', async () => {
    let isMoving = true;
    const moving: Broker = (_values, partition) => {
      if (partition !== 1 || !isMoving) return 0;
      isMoving = false;
      return CODES.NOT_LEADER_FOR_PARTITION;
    };
    const { producer, requests } = setUp({ broker: moving });
    const messages = [...request(['a']).messages, ...request(['b'], 1).messages];
    expect(await producer.send({ topic: TOPIC, messages })).toEqual([at(0), at(0, 1)]);
    expect(requests).toEqual([['a', 'b'], ['b']]);
  });

  describe('where every record of a topic would be refused', () => {
    const codes = [
      ['TOPIC_AUTHORIZATION_FAILED', 'topic_not_authorized'],
      ['CLUSTER_AUTHORIZATION_FAILED', 'topic_not_authorized'],
      ['INVALID_TOPIC_EXCEPTION', 'topic_unusable'],
      ['INVALID_REQUIRED_ACKS', 'topic_unusable'],
      ['INVALID_REQUEST', 'topic_unusable'],
      ['UNSUPPORTED_VERSION', 'topic_unusable'],
      ['UNSUPPORTED_FOR_MESSAGE_FORMAT', 'topic_unusable'],
      ['UNSUPPORTED_COMPRESSION_TYPE', 'topic_unusable'],
    ] as const;

    it.each(codes)('refuses them for good after %s, as %s', async (kafkaError, code) => {
      const { producer, requests } = setUp({ broker: () => CODES[kafkaError] });
      const outcomes = await producer.send(request(['a', 'b']));
      expect(codesOf(outcomes)).toEqual([code, code]);
      expect(outcomes[0]).toMatchObject({
        retriable: false,
        concernsTopic: true,
        message: expect.stringContaining(kafkaError),
      });
      expect(requests).toHaveLength(1);
    });

    it.each(codes)('does the same where kafkajs throws %s', async (kafkaError, code) => {
      const { producer } = setUp({ broker: thatThrows(wrapped(createErrorFromCode(CODES[kafkaError]))) });
      expect(codesOf(await producer.send(request(['a', 'b'])))).toEqual([code, code]);
    });

    it('says that a topic is missing once kafkajs has given it up', async () => {
      const { producer } = setUp({ broker: thatThrows(wrapped(createErrorFromCode(UNKNOWN_TOPIC))) });
      expect(codesOf(await producer.send(request(['a'])))).toEqual(['topic_missing']);
    });

    it.each([
      [
        'SASL_AUTHENTICATION_FAILED',
        Object.assign(new KafkaJSError('wrong password'), { name: 'KafkaJSSASLAuthenticationError' }),
      ],
      ['UNSUPPORTED_SASL_MECHANISM', createErrorFromCode(33)],
    ])('says that the login is refused where it cannot connect for %s', async (kafkaError, refusal) => {
      const { producer } = setUp({
        connect: () => Promise.reject(refusal),
        broker: thatThrows(new KafkaJSError('The producer is disconnected')),
      });
      const started = producer.start();
      const [outcome] = await producer.send(request(['a']));
      expect(outcome).toMatchObject({
        code: 'topic_not_authorized',
        refused: { kafkaError },
      });
      await Promise.all([producer.stop(), started]);
    });
  });

  describe('asked for what is wrong with a topic', () => {
    const ofBroker = (code: number): ReturnType<KafkaProducer['failureOf']> =>
      setUp({ broker: (_values, _partition, acks) => (acks === -1 ? 0 : code) }).producer.failureOf(TOPIC);

    it('says nothing where Kafka looks at what is wrong with the request', async () => {
      expect(await ofBroker(CODES.INVALID_REQUIRED_ACKS)).toBeUndefined();
    });

    it('says that it may not write', async () => {
      expect(await ofBroker(CODES.TOPIC_AUTHORIZATION_FAILED)).toMatchObject({
        code: 'topic_not_authorized',
      });
    });

    it('says that it does not know while Kafka is away', async () => {
      const { producer } = setUp({ broker: thatThrows(new KafkaJSError('closed')) });
      expect(await producer.failureOf(TOPIC)).toMatchObject({ code: 'broker_unavailable' });
    });
  });
});
