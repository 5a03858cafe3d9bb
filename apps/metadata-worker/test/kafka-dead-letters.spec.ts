import { InvalidMetadata, PipelineError, type DeadLetter, type RawRecord } from '@libs/domain';
import { createLogger } from '@libs/platform';
import { eventually } from '../../../tools/testing/app-process';
import { KafkaDeadLetters } from '../src/adapters/kafka/kafka-dead-letters';
import { MetadataTopic, text } from './metadata-topic';
import { ownName, testKafka } from './test-stack';

jest.setTimeout(60_000);

/** No such partition exists, so that nobody else's letters are taken for these. */
const PARTITION = 99;

describe(KafkaDeadLetters.name, () => {
  let topic: MetadataTopic;
  let letters: KafkaDeadLetters;
  const letter = (
    offset: number,
    headers: object,
    error: PipelineError = new InvalidMetadata([]),
  ): DeadLetter => {
    const position = { topic: 'gpu-metadata', partition: PARTITION, offset: BigInt(offset) };
    const record: RawRecord = {
      position,
      timestamp: new Date(),
      key: null,
      value: null,
      headers: headers as RawRecord['headers'],
    };
    return { record, error, attempts: 4, failedAt: new Date('2026-11-21T05:40:00.000Z') };
  };
  const send = (one: DeadLetter): Promise<boolean> =>
    eventually(
      () =>
        letters.send([one]).then(
          () => true,
          () => false,
        ),
      15_000,
    );

  beforeAll(async () => {
    topic = await MetadataTopic.open();
    letters = new KafkaDeadLetters(testKafka(), createLogger('test', 'silent'));
    letters.start();
  });
  afterAll(async () => {
    await letters.stop();
    await topic.close();
  });

  it('takes a record whose headers have no value, which the client alone could not write', async () => {
    const headers = { empty: null, list: [Buffer.from('a'), null], plain: Buffer.from('b') };
    const offset = Date.now();
    expect(await send(letter(offset, headers))).toBe(true);
    const [found] = await topic.deadLettersOf(PARTITION, [offset]);
    expect(found?.headers).toMatchObject({
      empty: Buffer.alloc(0),
      list: [Buffer.from('a'), Buffer.alloc(0)],
      plain: Buffer.from('b'),
    });
  });

  it('keeps a record waiting that its topic refuses as too large, under a code that says what to do', async () => {
    const name = ownName('narrow');
    const narrow = await MetadataTopic.open(`${name}.dlq`, { 'max.message.bytes': '2000' });
    const { record, ...rest } = letter(1, {});
    const position = { ...record.position, topic: name };
    const large = { ...rest, record: { ...record, position, value: Buffer.alloc(3_000) } };
    await expect(letters.send([large])).rejects.toMatchObject({
      code: 'dead_letter_too_large',
      retriable: true,
      message: expect.stringContaining(`${name}.dlq`),
    });
    await narrow.close();
  });

  it('cuts a message that is out of all proportion', async () => {
    const offset = Date.now();
    const error = new PipelineError('invalid_record', 'x'.repeat(100_000));
    expect(await send(letter(offset, {}, error))).toBe(true);
    const [found] = await topic.deadLettersOf(PARTITION, [offset]);
    expect(text(found?.headers, 'dlq-message')).toHaveLength(1_000);
    expect(text(found?.headers, 'dlq-attempts')).toBe('4');
  });
});
