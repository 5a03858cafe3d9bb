import type { ProducerRecord } from 'kafkajs';
import { BrokerUnavailable } from '@libs/domain';
import type { KafkaProducer } from '@libs/platform';
import { RateLimit } from './rate-limit';
import { Republisher, type Outgoing } from './republisher';
import { sampleRecord } from './testing/sample-record';

type Send = (record: Omit<ProducerRecord, 'acks'>) => void;

const outgoing = (bytes = 1): Outgoing => {
  const record = sampleRecord({ value: Buffer.alloc(bytes) });
  return { record, origin: record.position, home: 0 };
};
const republisher = (send: Send, perSecond = 1_000): Republisher => {
  const producer = { sendAll: (record: ProducerRecord) => Promise.resolve(record).then(send) };
  return new Republisher(
    producer as unknown as KafkaProducer,
    { topic: 't', partitions: 4 },
    new RateLimit(perSecond),
  );
};
const acknowledged: Send = () => undefined;

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

  it('tries again when the broker is away', async () => {
    const answers: Send[] = [
      () => {
        throw new BrokerUnavailable();
      },
      acknowledged,
    ];
    const refused = await republisher((record) => {
      answers.shift()!(record);
    }).publish([outgoing()]);
    expect(refused).toEqual([]);
    expect(answers).toEqual([]);
  });

  it('sends apart what is too large together, and answers what is too large alone', async () => {
    const taken: number[] = [];
    const narrow: Send = (record) => {
      const bytes = record.messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
      const cause = Object.assign(new Error('too large'), { type: 'MESSAGE_TOO_LARGE' });
      if (bytes > 100) throw new BrokerUnavailable({ cause });
      taken.push(bytes);
    };
    const request = [outgoing(80), outgoing(120), outgoing(90)];
    expect(await republisher(narrow).publish(request)).toEqual([request[1]]);
    expect(taken).toEqual([80, 90]);
  });
});
