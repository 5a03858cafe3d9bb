import { randomBytes } from 'node:crypto';
import {
  InvalidMetadata,
  PipelineError,
  UnreadableRecord,
  type DeadLetter,
  type RawRecord,
} from '@libs/domain';
import { createLogger } from '@libs/platform';
import { eventually } from '@libs/testing/app-process';
import { KafkaDeadLetters } from '../src/adapters/kafka/kafka-dead-letters';
import { MetadataTopic, text } from '@libs/testing/metadata-topic';
import { appKafka, ownName } from '@libs/testing/test-stack';

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
    letters = new KafkaDeadLetters(appKafka(), createLogger('test', 'silent'));
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

  describe('on a topic that is too narrow for a letter', () => {
    const name = ownName('narrow');
    let source: MetadataTopic;
    let narrow: MetadataTopic;
    const large = (offset: number, changes: Partial<RawRecord>, topicName = name): DeadLetter => {
      const one = letter(offset, {});
      const position = { ...one.record.position, topic: topicName };
      return { ...one, record: { ...one.record, ...changes, position } };
    };

    beforeAll(async () => {
      source = await MetadataTopic.open(name);
      narrow = await MetadataTopic.open(`${name}.dlq`, { 'max.message.bytes': '20000' });
    });
    afterAll(() => Promise.all([source.close(), narrow.close()]));

    it('packs a letter that fits when it is compressed', async () => {
      const value = Buffer.alloc(3 * 1024 * 1024, 'again and again ');
      expect(await send(large(1, { value }))).toBe(true);
      const [found] = await source.deadLettersOf(PARTITION, [1]);
      expect(found!.value!.equals(value)).toBe(true);
      expect(text(found?.headers, 'dlq-truncated')).toBeUndefined();
    });

    it('keeps what fits of any other, and says what is not whole', async () => {
      const headers = { toString: Buffer.from('own'), long: randomBytes(30_000) } as never;
      const [key, value] = [Buffer.from('key'), randomBytes(100_000)];
      expect(await send(large(2, { key, value, headers }))).toBe(true);
      const [found] = await source.deadLettersOf(PARTITION, [2]);
      expect(text(found?.headers, 'dlq-truncated')).toBe('headers,value');
      expect(found!.key).toEqual(key);
      expect(found!.value!.length).toBeGreaterThan(1_000);
      expect(value.subarray(0, found!.value!.length).equals(found!.value!)).toBe(true);
      expect(Object.keys(found!.headers!).filter((header) => !header.startsWith('dlq-'))).toEqual([
        'toString',
      ]);
    });

    it('sends the others of its batch whole', async () => {
      const batch = [3, 4, 5].map((offset) =>
        large(offset, { value: randomBytes(offset === 4 ? 50_000 : 50) }),
      );
      await letters.send(batch);
      const found = await source.deadLettersOf(PARTITION, [3, 4, 5]);
      const told = found.map(({ headers }) => [text(headers, 'dlq-offset'), text(headers, 'dlq-truncated')]);
      expect(Object.fromEntries(told)).toEqual({ 3: undefined, 4: 'value', 5: undefined });
    });

    it('keeps the record waiting only where no letter at all fits, under a code that says what to do', async () => {
      const tiny = await MetadataTopic.open(`${name}-tiny.dlq`, { 'max.message.bytes': '100' });
      await expect(letters.send([large(1, {}, `${name}-tiny`)])).rejects.toMatchObject({
        code: 'dead_letter_too_large',
        retriable: true,
        message: expect.stringContaining(`${name}-tiny.dlq`),
      });
      await tiny.close();
    });
  });

  it('keeps the record waiting where its dead-letter topic is missing, and says so', async () => {
    const one = letter(1, {});
    const position = { ...one.record.position, topic: ownName('none') };
    await expect(letters.send([{ ...one, record: { ...one.record, position } }])).rejects.toMatchObject({
      code: 'broker_unavailable',
      retriable: true,
      cause: { code: 'topic_missing', message: expect.stringContaining('UNKNOWN_TOPIC_OR_PARTITION') },
    });
  });

  it('says which records a letter stands for, and never what the record itself says of that', async () => {
    const offset = Date.now();
    const error = new UnreadableRecord('too_large_to_read', 'expands too far');
    const headers = { 'dlq-truncated': Buffer.from('nothing'), 'dlq-code': Buffer.from('none') };
    const one = letter(offset, headers, error);
    const unread = { error, lastOffset: BigInt(offset) + 5n };
    expect(await send({ ...one, record: { ...one.record, unread } })).toBe(true);
    expect(await send(letter(offset + 1, headers))).toBe(true);
    const [found, other] = await topic.deadLettersOf(PARTITION, [offset, offset + 1]);
    expect(text(found?.headers, 'dlq-last-offset')).toBe(String(offset + 5));
    expect(text(found?.headers, 'dlq-truncated')).toBe('key,headers,value');
    expect(text(found?.headers, 'dlq-code')).toBe('too_large_to_read');
    expect(other?.headers).not.toHaveProperty('dlq-truncated');
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
