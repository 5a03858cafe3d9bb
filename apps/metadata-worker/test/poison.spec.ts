import { randomUUID } from 'node:crypto';
import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import { acceptedMetadata } from '@libs/domain/testing';
import type { AppProcess } from '@libs/testing/app-process';
import { messageOf, MetadataTopic, text } from '@libs/testing/metadata-topic';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';

const PARTITION = 1;
const HEADERS = ['code', 'message', 'topic', 'partition', 'offset', 'attempts', 'failed-at'];

interface Poison {
  readonly message: Message;
  readonly code: string;
  readonly reason: string;
}

const good = (): Message => messageOf(acceptedMetadata({ eventId: randomUUID() }));

/** A good record with some of its value changed. */
function altered(changes: Record<string, unknown>): Message {
  const message = good();
  const value = JSON.parse(String(message.value)) as Record<string, unknown>;
  return { ...message, value: Buffer.from(JSON.stringify({ ...value, ...changes })) };
}

function poisons(): Poison[] {
  const shortVector = { encoding: 'f32le-base64', dimension: 3, data: 'AAAAAAAAgD8=' };
  const nameless = good();
  return [
    { message: { ...good(), value: 'not JSON' }, code: 'undecodable_record', reason: 'not JSON' },
    {
      message: { ...good(), value: Buffer.from([0xff, 0xfe, 0]) },
      code: 'undecodable_record',
      reason: 'UTF-8',
    },
    { message: altered({ schemaVersion: 2 }), code: 'unknown_schema_version', reason: 'got 2' },
    { message: altered({ embedding: shortVector }), code: 'invalid_record', reason: 'dimension_mismatch' },
    { message: altered({ model: '' }), code: 'invalid_record', reason: '/model' },
    { message: { ...good(), value: null }, code: 'tombstone', reason: 'no value' },
    { message: { ...nameless, headers: {} }, code: 'missing_header', reason: 'ce_id' },
    { message: { ...good(), key: null }, code: 'missing_header', reason: 'key' },
    {
      message: { key: 'k', value: '', headers: { trail: ['a', 'b'], bytes: Buffer.from([0, 255]) } },
      code: 'undecodable_record',
      reason: '',
    },
  ];
}

const bytesOf = (value: unknown): unknown =>
  value === null || value === undefined ? null : Buffer.from(value as string).toString('hex');
const listed = (headers: IHeaders = {}): [string, unknown][] =>
  Object.entries(headers)
    .filter(([name]) => !name.startsWith('dlq-'))
    .map(([name, value]) => [name, [value].flat().map(bytesOf)]);

describe('records that nobody can store', () => {
  let topic: MetadataTopic;
  let worker: WorkerUnderTest;
  let app: AppProcess;
  let first: number;
  let letters: KafkaMessage[];
  const all = poisons();
  const neighbours = all.map(() => good());
  const offsetOf = (index: number): number => first + 2 * index;

  beforeAll(async () => {
    [topic, worker] = await Promise.all([MetadataTopic.open(), WorkerUnderTest.prepare()]);
    first = await topic.publish(
      PARTITION,
      all.flatMap(({ message }, at) => [message, neighbours[at]!]),
    );
    app = await worker.start();
    await topic.settledBy(worker.groupId);
    letters = await topic.deadLettersOf(
      PARTITION,
      all.map((_, at) => offsetOf(at)),
    );
  });
  afterAll(async () => {
    await app.stop();
    await Promise.all([topic.close(), worker.discard()]);
  });

  const letterOf = (index: number): KafkaMessage => {
    const found = letters.filter(({ headers }) => text(headers, 'dlq-offset') === String(offsetOf(index)));
    expect(found).toHaveLength(1);
    return found[0]!;
  };

  it.each(all.map(({ code }, at) => [code, at] as const))(
    'are dead letters with their key, value and headers untouched: %s (%d)',
    (_, at) => {
      const { key, value, headers } = all[at]!.message;
      const letter = letterOf(at);
      expect(bytesOf(letter.key)).toEqual(bytesOf(key));
      expect(bytesOf(letter.value)).toEqual(bytesOf(value));
      expect(listed(letter.headers)).toEqual(listed(headers));
    },
  );

  it.each(all.map(({ code }, at) => [code, at] as const))(
    'tell what was wrong, where and when: %s (%d)',
    (_, at) => {
      const { headers } = letterOf(at);
      const { code, reason } = all[at]!;
      const told = Object.fromEntries(HEADERS.map((name) => [name, text(headers, `dlq-${name}`)]));
      expect(Object.keys(headers ?? {}).filter((name) => name.startsWith('dlq-'))).toHaveLength(
        HEADERS.length,
      );
      expect(told).toMatchObject({
        code,
        topic: 'gpu-metadata',
        partition: String(PARTITION),
        offset: String(offsetOf(at)),
        attempts: '1',
      });
      expect(told.message).toContain(reason);
      expect(new Date(told['failed-at']!).toISOString()).toBe(told['failed-at']);
      expect(Math.abs(Date.now() - Date.parse(told['failed-at']!))).toBeLessThan(60_000);
    },
  );

  it('take none of their neighbours with them', async () => {
    const ids = neighbours.map(({ key }) => String(key));
    expect(await worker.documents.countDocuments({ _id: { $in: ids } })).toBe(ids.length);
  });

  it('are counted by code', async () => {
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toMatch(/consumer_dead_letters_total\{topic="gpu-metadata",code="tombstone"\} [1-9]/);
  });
});
