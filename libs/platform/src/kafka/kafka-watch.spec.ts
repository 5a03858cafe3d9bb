import { KafkaJSAggregateError, KafkaJSError, type Admin, type Kafka } from 'kafkajs';
import type { TopicDefinition } from '@libs/contracts';
import { createLogger } from '../logger';
import { KafkaWatch } from './kafka-watch';

const TOPICS: readonly TopicDefinition[] = ['a', 'b'].map((name) => ({ name, partitions: 1, config: {} }));

interface Setting {
  readonly watch: KafkaWatch;
  readonly seen: Set<string>;
}

/** Kafka with the topics in `seen`; `create` is what becomes of a topic that is to be made. */
function setUp(create?: (topic: string) => void): Setting {
  const seen = new Set(['a']);
  const admin: Partial<Admin> = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    listTopics: () => Promise.resolve([...seen]),
    fetchTopicMetadata: ({ topics = [] } = { topics: [] }) => {
      if (!topics.every((name) => seen.has(name))) return Promise.reject(new KafkaJSError('not hosted'));
      return Promise.resolve({ topics: topics.map((name) => ({ name, partitions: [] })) });
    },
    createTopics: ({ topics }) =>
      Promise.resolve().then(() => {
        for (const { topic } of topics) create?.(topic);
        for (const { topic } of topics) seen.add(topic);
        return true;
      }),
  };
  const kafka = { admin: () => admin } as unknown as Kafka;
  const settings = { topics: TOPICS, createTopics: create !== undefined };
  return { watch: new KafkaWatch(kafka, settings, createLogger('test', 'silent')), seen };
}

describe(KafkaWatch.name, () => {
  let watch: KafkaWatch;
  const started = async (setting: Setting): Promise<KafkaWatch> => {
    ({ watch } = setting);
    watch.start();
    await jest.advanceTimersByTimeAsync(0);
    return watch;
  };

  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(async () => {
    await watch.stop();
    jest.useRealTimers();
  });

  it('names the topics that Kafka does not have', async () => {
    const { unhealthyReason } = await started(setUp());
    expect(unhealthyReason).toBe('Kafka has no b, or does not let this program see them');
  });

  it('makes what is missing', async () => {
    const { unhealthyReason, makesTopics } = await started(setUp(() => undefined));
    expect([unhealthyReason, makesTopics]).toEqual([undefined, true]);
  });

  it('says that it may not make them, and makes them once it may', async () => {
    let isAllowed = false;
    const setting = setUp(() => {
      if (!isAllowed)
        throw new KafkaJSAggregateError('refused', [new KafkaJSError('Topic authorization failed')]);
    });
    const { unhealthyReason, makesTopics } = await started(setting);
    expect(unhealthyReason).toMatch(/^Kafka refuses to create topics: .*Topic authorization failed/);
    expect(makesTopics).toBe(false);
    isAllowed = true;
    await jest.advanceTimersByTimeAsync(2_000);
    expect([watch.unhealthyReason, watch.makesTopics]).toEqual([undefined, true]);
  });
});
