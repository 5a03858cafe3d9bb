import { KafkaJSError, KafkaJSNonRetriableError, type Kafka, type RecordMetadata } from 'kafkajs';
import { createLogger } from '../logger';
import { isTooLarge, KafkaProducer } from './kafka-producer';

const MESSAGES = [0, 1].map((partition) => ({ value: 'v', partition }));

/** As kafkajs' retries do. */
function wrapped(cause: Error): Error {
  return Object.assign(new KafkaJSNonRetriableError(cause), { cause });
}

function producerThat(send: () => readonly number[]): KafkaProducer {
  const answers = (): RecordMetadata[] =>
    send().map((partition) => ({ topicName: 't', partition, errorCode: 0 }));
  const kafka = { producer: () => ({ send: () => Promise.resolve().then(answers) }) };
  return new KafkaProducer(kafka as unknown as Kafka, createLogger('test', 'silent'));
}

describe(KafkaProducer.name, () => {
  const record = { topic: 't', messages: MESSAGES };

  it('takes a partition without an answer for a broker that is away', async () => {
    await expect(producerThat(() => [0, 1]).sendAll(record)).resolves.toBeUndefined();
    await expect(producerThat(() => [0]).sendAll(record)).rejects.toMatchObject({
      code: 'broker_unavailable',
    });
  });

  it('makes what Kafka refuses retriable, and says when it was too large', async () => {
    const refusal = Object.assign(new KafkaJSError('too large'), { type: 'MESSAGE_TOO_LARGE' });
    const fails = producerThat(() => {
      throw wrapped(refusal);
    });
    const error: unknown = await fails.send(record).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'broker_unavailable', retriable: true });
    expect(isTooLarge(error)).toBe(true);
  });

  it('never takes a fault of ours for one of Kafka, which would be tried again for ever', async () => {
    const fault = new TypeError('a bug');
    const fails = producerThat(() => {
      throw wrapped(fault);
    });
    await expect(fails.send(record)).rejects.toBe(fault);
  });
});
