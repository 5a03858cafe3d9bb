import type { Message } from 'kafkajs';
import { BrokerUnavailable, PublishRefused } from '@libs/domain';
import type { KafkaProducer, SendOutcome, SendRequest } from '@libs/platform';
import { RateLimit } from './rate-limit';
import { Republisher, type Outgoing } from './republisher';
import { sampleRecord } from './testing/sample-record';

/** What becomes of one message. */
type Fate = (message: Message) => SendOutcome;

const outgoing = (bytes = 1): Outgoing => {
  const record = sampleRecord({ value: Buffer.alloc(bytes) });
  return { record, origin: record.position, home: 0 };
};
const republisher = (fate: Fate, perSecond = 1_000): Republisher => {
  const producer = { send: ({ messages }: SendRequest) => Promise.resolve(messages.map(fate)) };
  return new Republisher(
    producer as unknown as KafkaProducer,
    { topic: 't', partitions: 4 },
    new RateLimit(perSecond),
  );
};
const acknowledged: Fate = () => ({ topic: 't', partition: 0, offset: 0n });
const refusal = (code: PublishRefused['code'], kafkaError: string): PublishRefused =>
  new PublishRefused(code, { topic: 't', kafkaError }, 'refused');

describe(Republisher.name, () => {
  const sizes = (waiting: readonly Outgoing[], perSecond?: number): number =>
    republisher(acknowledged, perSecond).nextRequest(waiting).length;

  it('sends so many records together as a broker takes, a large one alone', () => {
    expect(sizes(Array.from({ length: 200 }, () => outgoing()))).toBe(64);
    expect(sizes(Array.from({ length: 10 }, () => outgoing(200_000)))).toBe(2);
    expect(sizes([outgoing(900_000), outgoing()])).toBe(1);
    expect(sizes([outgoing(), outgoing(900_000)])).toBe(1);
    expect(sizes([outgoing()])).toBe(1);
  });

  it('sends no more together than pass in a second', () => {
    expect(
      sizes(
        Array.from({ length: 200 }, () => outgoing()),
        5,
      ),
    ).toBe(5);
  });

  it('tries again what the broker did not acknowledge, and nothing else', async () => {
    const sent: number[] = [];
    let isAway = true;
    const away: Fate = (message) => {
      sent.push(message.value!.length);
      if (message.value!.length !== 2 || !isAway) return acknowledged(message);
      isAway = false;
      return new BrokerUnavailable();
    };
    expect(await republisher(away).publish([outgoing(1), outgoing(2), outgoing(3)])).toEqual([]);
    expect(sent).toEqual([1, 2, 3, 2]);
  });

  it('answers what is too large for the topic', async () => {
    const narrow: Fate = (message) =>
      message.value!.length > 100
        ? refusal('record_too_large_for_topic', 'MESSAGE_TOO_LARGE')
        : acknowledged(message);
    const request = [outgoing(80), outgoing(120), outgoing(90)];
    expect(await republisher(narrow).publish(request)).toEqual([request[1]]);
  });

  it('ends at once where no retry helps', async () => {
    const refused = refusal('topic_not_authorized', 'TOPIC_AUTHORIZATION_FAILED');
    const fates: SendOutcome[] = [new BrokerUnavailable(), refused];
    const publishing = republisher(() => fates.shift()!).publish([outgoing(), outgoing()]);
    await expect(publishing).rejects.toBe(refused);
  });
});
