import type { Admin, Consumer, IHeaders, KafkaMessage, Message, Producer } from 'kafkajs';
import { deadLetterTopic, GPU_METADATA_TOPIC, RECORD_TOPICS, topicWithDeadLetters } from '@libs/contracts';
import { encodedRecord } from '@libs/contracts/testing';
import type { AcceptedMetadata } from '@libs/domain';
import { eventually } from './app-process';
import { appKafka, ownName, testKafka } from './test-stack';

/** Generous: a busy machine stores thousands of records in more than half a minute. */
const SETTLE_MS = 60_000;
const POLL_MS = 50;

/** The topic as a producer and an operator see it. */
export class MetadataTopic {
  private readonly kafka = testKafka();
  private readonly admin: Admin = this.kafka.admin();
  private readonly producer: Producer = this.kafka.producer({ allowAutoTopicCreation: false });
  private readonly letters: KafkaMessage[] = [];
  private letterReader: Consumer | undefined;

  private constructor(private readonly name: string) {}

  /** Connects, and makes the topics where no app has made them yet. */
  static async open(
    name = GPU_METADATA_TOPIC,
    config: Readonly<Record<string, string>> = {},
  ): Promise<MetadataTopic> {
    const topic = new MetadataTopic(name);
    await topic.admin.connect();
    await topic.producer.connect();
    const isOurs = RECORD_TOPICS.includes(name);
    const definitions = isOurs ? topicWithDeadLetters(name) : [{ name, partitions: 2, config }];
    await topic.admin.createTopics({
      waitForLeaders: true,
      topics: definitions.map(({ name: one, partitions, config: ownConfig }) => ({
        topic: one,
        numPartitions: partitions,
        configEntries: Object.entries(ownConfig).map(([key, value]) => ({ name: key, value })),
      })),
    });
    return topic;
  }

  async close(): Promise<void> {
    await this.letterReader?.disconnect();
    await this.producer.disconnect();
    await this.admin.disconnect();
  }

  /** Appends to one partition, in one request; answers the offset of the first. */
  async publish(partition: number, messages: readonly Message[]): Promise<number> {
    const all = messages.map((message) => ({ ...message, partition }));
    const [sent] = await this.producer.send({ topic: this.name, messages: all, acks: -1 });
    return Number(sent?.baseOffset);
  }

  /** Partition → the offset the group continues at; -1 where it has committed none. */
  async committed(groupId: string): Promise<Map<number, number>> {
    const [found] = await this.admin.fetchOffsets({ groupId, topics: [this.name] });
    return new Map(found?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  }

  /** Partition → the offset the next record gets. */
  async ends(): Promise<Map<number, number>> {
    const found = await this.admin.fetchTopicOffsets(this.name);
    return new Map(found.map(({ partition, high }) => [partition, Number(high)]));
  }

  /** How many records the group has not committed yet. */
  async lag(groupId: string): Promise<number> {
    const [ends, committed] = await Promise.all([this.ends(), this.committed(groupId)]);
    return [...ends].reduce((sum, [at, end]) => sum + end - Math.max(0, committed.get(at) ?? -1), 0);
  }

  /** Waits until the group has committed the end of each partition that holds records, and not more. */
  async settledBy(groupId: string): Promise<void> {
    let state = '';
    const settled = await eventually(async () => {
      const [ends, committed] = await Promise.all([this.ends(), this.committed(groupId)]);
      state = JSON.stringify({ ends: [...ends], committed: [...committed] });
      return [...ends].every(([partition, end]) => Math.max(0, committed.get(partition) ?? -1) === end);
    }, SETTLE_MS);
    if (!settled) throw new Error(`the group did not settle all records: ${state}`);
  }

  /** Puts a group that is stopped back to the beginning. */
  async rewind(groupId: string): Promise<void> {
    await this.admin.resetOffsets({ groupId, topic: this.name, earliest: true });
  }

  /** Removes the records before `offset`, as retention does. */
  async expire(partition: number, offset: number): Promise<void> {
    const partitions = [{ partition, offset: String(offset) }];
    await this.admin.deleteTopicRecords({ topic: this.name, partitions });
  }

  /** Puts a group that is stopped to these offsets, by partition. */
  async place(groupId: string, offsets: ReadonlyMap<number, number>): Promise<void> {
    const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }));
    await this.admin.setOffsets({ groupId, topic: this.name, partitions });
  }

  /** Appends each list in a transaction of its own; the mark of each is written before the next begins. */
  async publishInTransactions(partition: number, lists: readonly (readonly Message[])[]): Promise<void> {
    const producer = this.kafka.producer({ transactionalId: ownName('tx'), maxInFlightRequests: 1 });
    await producer.connect();
    for (const messages of lists) {
      const transaction = await producer.transaction();
      const [sent] = await transaction.send({
        topic: this.name,
        messages: messages.map((message) => ({ ...message, partition })),
      });
      await transaction.commit();
      // The broker answers a commit before it has written the mark.
      const mark = Number(sent?.baseOffset) + messages.length;
      await eventually(async () => ((await this.ends()).get(partition) ?? 0) > mark, SETTLE_MS);
    }
    await producer.disconnect();
  }

  /** Lets a group that is not running begin here; answers where that is. */
  async beginHere(groupId: string): Promise<Map<number, number>> {
    const begin = async (): Promise<Map<number, number>> => {
      const ends = await this.ends();
      await this.place(groupId, ends);
      return ends;
    };
    let begun: Map<number, number> | undefined;
    // The leaders of a topic just made may not know it yet.
    await eventually(async () => (begun = await begin().catch(() => undefined)) !== undefined, SETTLE_MS);
    return begun ?? begin();
  }

  /** Waits for `count` dead letters of the records at `offsets` of `partition`. */
  async deadLettersOf(partition: number, offsets: readonly number[]): Promise<KafkaMessage[]> {
    await this.readLetters();
    const isMine = ({ headers }: KafkaMessage): boolean =>
      text(headers, 'dlq-partition') === String(partition) &&
      offsets.includes(Number(text(headers, 'dlq-offset')));
    await eventually(() => this.letters.filter(isMine).length >= offsets.length, SETTLE_MS);
    await new Promise((passed) => setTimeout(passed, POLL_MS));
    return this.letters.filter(isMine);
  }

  private async readLetters(): Promise<void> {
    if (this.letterReader) return;
    // kafkajs' own decoder takes minutes for letters with very many headers.
    this.letterReader = appKafka().consumer({ groupId: ownName('letters'), maxWaitTimeInMs: 100 });
    await this.letterReader.connect();
    await this.letterReader.subscribe({ topic: deadLetterTopic(this.name), fromBeginning: true });
    await this.letterReader.run({
      eachMessage: ({ message }) => {
        this.letters.push(message);
        return Promise.resolve();
      },
    });
  }
}

/** The record the API would have published for `event`, ready for a producer. */
export function messageOf(event: AcceptedMetadata, headers: IHeaders = {}): Message {
  const { key, value, headers: own } = encodedRecord(event);
  return { key, value, headers: { ...own, ...headers } };
}

export function text(headers: IHeaders | undefined, name: string): string | undefined {
  const value = headers?.[name];
  return value instanceof Uint8Array ? value.toString() : undefined;
}
