import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka, Message, PartitionerArgs, Producer, ProducerRecord, RecordMetadata } from 'kafkajs';
import { createErrorFromCode } from 'kafkajs/src/protocol/error';
import { BrokerUnavailable, PublishRefused, type StreamPosition } from '@libs/domain';
import type { Logger } from '../logger';
import {
  causesOf,
  exceededLimit,
  finalFaultIn,
  mayConcernOneRecord,
  refusalBy,
  type KafkaFault,
} from './kafka-refusals';
import { partitionOfKey } from './partition-of-key';
import { loneBatchBytes } from './protocol/produce-request';
import { TopicLimits } from './topic-limits';

const RECONNECT_MS = 1_000;
const ALL_IN_SYNC = -1;
/** No broker takes it. Whether the program may write to the topic, and whether there is one, it looks at first. */
const IMPOSSIBLE_ACKS = 2;
const PROGRAMMING_ERRORS: readonly string[] = ['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError'];

export type SendRequest = Omit<ProducerRecord, 'acks'>;
/** Where a message is, or why it is not known to be there. */
export type SendOutcome = StreamPosition | BrokerUnavailable | PublishRefused;

/** What Kafka says of one partition's messages. */
class PartitionFault {
  constructor(
    readonly fault: KafkaFault,
    /** kafkajs has not tried them again yet. */
    readonly mayBeSentAgain: boolean,
  ) {}
}

type Answer = SendOutcome | PartitionFault;

/**
 * A producer that connects in the background, as often as it takes, and whose sends are acknowledged by all
 * in-sync replicas. kafkajs' `idempotent` stays off: on an error it reuses sequence numbers, and the broker then
 * drops acknowledged records as duplicates; ours end at the idempotent upsert instead.
 */
export class KafkaProducer {
  private readonly producer: Producer;
  private readonly limits: TopicLimits;
  private readonly stopping = new AbortController();
  /** Why it is not connected yet. */
  private connectFault: unknown;

  constructor(
    kafka: Kafka,
    private readonly logger: Logger,
  ) {
    this.producer = kafka.producer({
      allowAutoTopicCreation: false,
      idempotent: false,
      retry: { retries: 4, initialRetryTime: 100, maxRetryTime: 1_000 },
      createPartitioner: () => choosePartition,
    });
    this.limits = new TopicLimits(kafka);
  }

  /** Resolves once it is connected, or stopped. */
  async start(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.producer.connect();
        this.connectFault = undefined;
        return;
      } catch (error) {
        this.connectFault = error;
        this.logger.debug({ fault: (error as Error).message }, 'cannot connect to Kafka yet');
        await sleep(RECONNECT_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([this.producer.disconnect(), this.limits.stop()]);
  }

  /**
   * One outcome for each message, in order: its position; PublishRefused, where Kafka refuses this very message for
   * good; or BrokerUnavailable, and it may be on the topic. A refused batch is sent in ever smaller parts; what was
   * acknowledged is not sent again.
   *
   * @throws a fault of ours as it is
   */
  async send(request: SendRequest): Promise<SendOutcome[]> {
    const answers = await this.attempt(request, ALL_IN_SYNC);
    return answers.every((answer) => isOutcome(answer)) ? answers : this.sendInParts(request, answers);
  }

  /**
   * Why Kafka would not take a record of this topic; undefined where it would. Writes nothing.
   *
   * @throws a fault of ours as it is
   */
  async failureOf(topic: string): Promise<BrokerUnavailable | PublishRefused | undefined> {
    const message = { value: null, partition: 0 };
    const [answer] = await this.attempt({ topic, messages: [message] }, IMPOSSIBLE_ACKS);
    if (!(answer instanceof PartitionFault)) return answer instanceof Error ? answer : undefined;
    if (answer.fault.type === 'INVALID_REQUIRED_ACKS') return undefined;
    return this.refusalOf(answer.fault, topic, message);
  }

  private async attempt(request: SendRequest, acks: number): Promise<Answer[]> {
    const { topic, messages } = request;
    try {
      return answersFor(topic, messages, await this.producer.send({ ...request, acks }));
    } catch (error) {
      const ours = faultOfOursIn(error);
      if (ours) throw ours;
      const fault = finalFaultIn(error) ?? finalFaultIn(this.connectFault);
      const answer = fault ? new PartitionFault(fault, false) : new BrokerUnavailable({ cause: error });
      return messages.map(() => answer);
    }
  }

  private async sendInParts(request: SendRequest, answers: readonly Answer[]): Promise<SendOutcome[]> {
    const { topic, messages } = request;
    const outcomes = [...answers];
    const failed = [...answers.keys()].filter((at) => !isOutcome(answers[at]!));
    for (const together of Map.groupBy(failed, (at) => messages[at]!.partition).values()) {
      const answer = answers[together[0]!] as PartitionFault;
      for (const part of partsToSend(together, answer)) {
        const results = await this.send({ ...request, messages: part.map((at) => messages[at]!) });
        part.forEach((at, index) => (outcomes[at] = results[index]!));
      }
      for (const at of together)
        if (outcomes[at] === answer) outcomes[at] = await this.refusalOf(answer.fault, topic, messages[at]!);
    }
    return outcomes as SendOutcome[];
  }

  private async refusalOf(
    fault: KafkaFault,
    topic: string,
    message: Message,
  ): Promise<BrokerUnavailable | PublishRefused> {
    const setting = exceededLimit(fault);
    if (!setting) return refusalBy(fault, topic) ?? new BrokerUnavailable({ cause: fault });
    const limit = await this.limits.limitOf(topic, setting);
    const excess =
      limit === undefined
        ? `more than the ${setting} of ${topic}`
        : `${topic} takes ${limit} (its ${setting})`;
    return new PublishRefused(
      'record_too_large_for_topic',
      { topic, kafkaError: fault.type },
      `the record is ${loneBatchBytes(message)} bytes, ${excess}`,
    );
  }
}

/** Answers name partitions, and of each the offset of its first message. */
function answersFor(
  topic: string,
  messages: readonly Message[],
  partitions: readonly RecordMetadata[],
): Answer[] {
  const faults = new Map<number, PartitionFault>();
  const nextOffset = new Map<number, bigint>();
  for (const { partition, errorCode, baseOffset } of partitions) {
    if (errorCode === 0) nextOffset.set(partition, BigInt(baseOffset ?? -1));
    else faults.set(partition, answeredFault(errorCode));
  }
  return messages.map(({ partition }) => {
    const offset = partition === undefined ? undefined : nextOffset.get(partition);
    // A leader that moved between two tries can leave a partition without an answer; without one, no promise.
    if (partition === undefined || offset === undefined)
      return faults.get(partition!) ?? new BrokerUnavailable();
    nextOffset.set(partition, offset + 1n);
    return { topic, partition, offset };
  });
}

function answeredFault(errorCode: number): PartitionFault {
  const fault = createErrorFromCode(errorCode);
  return new PartitionFault(fault, fault.retriable);
}

function isOutcome(answer: Answer): answer is SendOutcome {
  return !(answer instanceof PartitionFault);
}

/** What of a partition's messages is sent once more: each part concerns this partition alone. */
function partsToSend(
  together: readonly number[],
  { fault, mayBeSentAgain }: PartitionFault,
): readonly (readonly number[])[] {
  if (mayBeSentAgain) return [together];
  if (together.length === 1 || !mayConcernOneRecord(fault)) return [];
  const half = Math.ceil(together.length / 2);
  return [together.slice(0, half), together.slice(half)];
}

/**
 * Writes down what it chooses, for answers name partitions, not messages, and keeps to it when kafkajs tries again. Its
 * own partitioner takes seconds for a very long key.
 */
function choosePartition({ message, partitionMetadata: { length } }: PartitionerArgs): number {
  const { key } = message;
  return (message.partition ??= Buffer.isBuffer(key)
    ? partitionOfKey(key, length)
    : Math.floor(Math.random() * length));
}

/** True of a message that is larger than its topic takes. */
export function isTooLarge(outcome: SendOutcome): boolean {
  return outcome instanceof PublishRefused && outcome.code === 'record_too_large_for_topic';
}

/** What kept messages off the topic besides their size; what no retry mends goes before the rest. */
export function failureAmong(
  outcomes: readonly SendOutcome[],
): BrokerUnavailable | PublishRefused | undefined {
  const failures = outcomes.filter((outcome) => outcome instanceof Error).filter((one) => !isTooLarge(one));
  return failures.find((failure) => failure instanceof PublishRefused) ?? failures[0];
}

/** kafkajs wraps these too, though no retry mends them: src/retry/index.js. */
function faultOfOursIn(error: unknown): Error | undefined {
  return causesOf(error).find(({ name }) => PROGRAMMING_ERRORS.includes(name));
}
