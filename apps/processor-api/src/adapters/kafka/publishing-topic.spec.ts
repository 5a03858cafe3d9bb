import { Writable } from 'node:stream';
import { trace } from '@opentelemetry/api';
import { pino } from 'pino';
import { Counter, Registry } from 'prom-client';
import { BrokerUnavailable, PublishRefused, type StreamPosition } from '@libs/domain';
import { BufferPool, Tracing, type KafkaProducer, type SendOutcome, type SendRequest } from '@libs/platform';
import { PUBLISH_REFUSALS_METRIC, PublishTelemetry } from './publish-telemetry';
import { PublishingTopic } from './publishing-topic';
import { ByteBudget } from '../../byte-budget';

const TOPIC = 'gpu-metadata';
const POSITION: StreamPosition = { topic: TOPIC, partition: 0, offset: 7n };
const MISSING = refusal('topic_missing', 'UNKNOWN_TOPIC_OR_PARTITION');
const FORBIDDEN = refusal('topic_not_authorized', 'TOPIC_AUTHORIZATION_FAILED');
const TOO_LARGE = refusal('record_too_large_for_topic', 'MESSAGE_TOO_LARGE');

function refusal(code: PublishRefused['code'], kafkaError: string): PublishRefused {
  return new PublishRefused(code, { topic: TOPIC, kafkaError }, 'refused');
}

interface Setting {
  readonly topic: PublishingTopic;
  readonly warnings: string[];
  readonly publish: (count?: number) => Promise<readonly PromiseSettledResult<StreamPosition>[]>;
  readonly counted: () => Promise<readonly object[]>;
  /** What Kafka answers for each record from here on, and whoever asks what is wrong with the topic. */
  answer: SendOutcome;
}

function setUp(answer: SendOutcome, willBeMade = false): Setting {
  const warnings: string[] = [];
  const log = new Writable({
    write(line: Buffer, _encoding, done) {
      warnings.push((JSON.parse(line.toString()) as { kafkaError: string }).kafkaError);
      done();
    },
  });
  const producer = {
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    send: ({ messages }: SendRequest) => Promise.resolve(messages.map(() => setting.answer)),
    failureOf: () => Promise.resolve(setting.answer instanceof Error ? setting.answer : undefined),
  };
  const counter = new Counter({ ...PUBLISH_REFUSALS_METRIC, registers: [new Registry()] });
  const topic = new PublishingTopic(
    TOPIC,
    { timeoutMs: 5_000, willBeMade: () => willBeMade },
    {
      producer: producer as unknown as KafkaProducer,
      pool: new BufferPool(0),
      budget: new ByteBudget(1024 * 1024),
      telemetry: new PublishTelemetry(counter, new Tracing(trace), pino(log)),
    },
  );
  const bytes = Buffer.from('x');
  const publish: Setting['publish'] = (count = 1) =>
    Promise.allSettled(Array.from({ length: count }, () => topic.publish({ key: bytes, value: bytes })));
  const counted: Setting['counted'] = async () => (await counter.get()).values;
  const setting: Setting = { topic, warnings, publish, counted, answer };
  return setting;
}

const REFUSED = (reason: Error): object => ({ status: 'rejected', reason });

describe(PublishingTopic.name, () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('answers where a record is', async () => {
    expect(await setUp(POSITION).publish()).toEqual([{ status: 'fulfilled', value: POSITION }]);
  });

  it('counts each record that Kafka refuses for good, and warns once a minute', async () => {
    const { publish, counted, warnings } = setUp(TOO_LARGE);
    expect(await publish(3)).toEqual([REFUSED(TOO_LARGE), REFUSED(TOO_LARGE), REFUSED(TOO_LARGE)]);
    expect(await counted()).toEqual([{ labels: { topic: TOPIC, error: 'MESSAGE_TOO_LARGE' }, value: 3 }]);
    expect(warnings).toEqual(['MESSAGE_TOO_LARGE']);
    jest.advanceTimersByTime(60_000);
    await publish();
    expect(warnings).toEqual(['MESSAGE_TOO_LARGE', 'MESSAGE_TOO_LARGE']);
  });

  it('warns of another error at once', async () => {
    const setting = setUp(TOO_LARGE);
    await setting.publish();
    setting.answer = FORBIDDEN;
    await setting.publish();
    expect(setting.warnings).toEqual(['MESSAGE_TOO_LARGE', 'TOPIC_AUTHORIZATION_FAILED']);
  });

  it('has no problem where one record alone is refused', async () => {
    const { topic, publish } = setUp(TOO_LARGE);
    await publish();
    expect(topic.unhealthyReason).toBeUndefined();
  });

  it('has a problem from the first record that is refused for its topic until one is accepted', async () => {
    const setting = setUp(FORBIDDEN);
    await setting.publish();
    expect(setting.topic.unhealthyReason).toBe(FORBIDDEN.message);
    setting.answer = POSITION;
    await setting.publish();
    expect(setting.topic.unhealthyReason).toBeUndefined();
  });

  it('asks Kafka before any record comes, and until it takes records', async () => {
    const setting = setUp(FORBIDDEN);
    await setting.topic.start();
    expect(setting.topic.unhealthyReason).toBe(FORBIDDEN.message);
    expect(await setting.counted()).toEqual([]);
    setting.answer = POSITION;
    await jest.advanceTimersByTimeAsync(2_000);
    expect(setting.topic.unhealthyReason).toBeUndefined();
    setting.answer = FORBIDDEN;
    await jest.advanceTimersByTimeAsync(2_000);
    expect(setting.topic.unhealthyReason).toBeUndefined();
    await setting.topic.stop();
  });

  it('knows nothing new while Kafka is away', async () => {
    const setting = setUp(FORBIDDEN);
    await setting.topic.start();
    setting.answer = new BrokerUnavailable();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(setting.topic.unhealthyReason).toBe(FORBIDDEN.message);
    await setting.topic.stop();
  });

  it.each([
    ['for good where it may not be made', false, 'topic_missing', MISSING.message],
    ['for now where it is about to be made', true, 'broker_unavailable', undefined],
  ])('refuses the records of a topic that is missing %s', async (_name, willBeMade, code, reason) => {
    const { topic, publish } = setUp(MISSING, willBeMade);
    expect(await publish()).toMatchObject([{ status: 'rejected', reason: { code } }]);
    expect(topic.unhealthyReason).toBe(reason);
  });
});
