import { randomUUID } from 'node:crypto';
import type { KafkaMessage, Message } from 'kafkajs';
import { GPU_METRICS_TOPIC, TOKEN_USAGE_TOPIC } from '@libs/contracts';
import { gpuMetricsBody, tokenUsageBody } from '@libs/contracts/testing';
import type { AppProcess } from '@libs/testing/app-process';
import type { LineageDocument } from '../src/adapters/mongo/lineage.document';
import { MetadataTopic, text } from '@libs/testing/metadata-topic';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';

jest.setTimeout(90_000);

const EVENTS = 60;
/** Own to this run: the topics are shared with every other. */
const HOST = `host-${randomUUID()}`;

interface Stream {
  readonly topic: string;
  readonly collection: 'gpu_metrics' | 'token_usage';
  readonly bodyOf: (index: number) => Record<string, unknown>;
}

/** Names as trackers write them, and the same as the database keeps them. */
const TRACKED = { 'eval/loss': 0.3, 'model.type': 'cnn', 'test acc': null };
const STORED = { 'eval/loss': 0.3, 'model%2Etype': 'cnn', 'test acc': null };

const moment = (index: number): string => new Date(Date.UTC(2026, 10, 21, 5, 0, index)).toISOString();
const STREAMS: readonly Stream[] = [
  {
    topic: GPU_METRICS_TOPIC,
    collection: 'gpu_metrics',
    bodyOf: (index) =>
      gpuMetricsBody({ host: HOST, gpu_index: index % 4, ts: moment(index), job: index, ...TRACKED }),
  },
  {
    topic: TOKEN_USAGE_TOPIC,
    collection: 'token_usage',
    bodyOf: (index) => {
      const event_id = index % 2 === 0 ? randomUUID() : undefined;
      return tokenUsageBody({ event_id, ts: moment(index), host: HOST, job: index, ...TRACKED });
    },
  },
];
const POISONS: readonly [value: Buffer | null, code: string][] = [
  [null, 'tombstone'],
  [Buffer.from('not JSON'), 'undecodable_record'],
  [Buffer.from([0xff]), 'undecodable_record'],
  [Buffer.from('{"host":"x","model":"x"}'), 'invalid_record'],
];

/** A record as a plain producer writes it: no key, no headers. */
const plain = (body: object): Message => ({ value: JSON.stringify(body) });

describe.each(STREAMS)('records that producers write to $topic themselves', (stream) => {
  let topic: MetadataTopic;
  let worker: WorkerUnderTest;
  let app: AppProcess;
  let firstPoison: number;
  const messages = Array.from({ length: EVENTS }, (_, index) => plain(stream.bodyOf(index)));
  const mine = (): Promise<LineageDocument[]> =>
    worker.lineage(stream.collection).find({ host: HOST }).toArray();
  const contents = (): Promise<Buffer[]> => worker.contents(stream.collection);

  beforeAll(async () => {
    [topic, worker] = await Promise.all([MetadataTopic.open(stream.topic), WorkerUnderTest.prepare()]);
    app = await worker.start();
    for (let at = 0; at < EVENTS; at += 20) await topic.publish(at % 6, messages.slice(at, at + 20));
    firstPoison = await topic.publish(
      5,
      POISONS.flatMap(([value]) => [{ value }, messages[0]!]),
    );
    await topic.settledBy(worker.groupId);
  });
  afterAll(async () => {
    await app.stop();
    await Promise.all([topic.close(), worker.discard()]);
  });

  it('are documents, one each, with their fields and their place on the topic', async () => {
    const documents = await mine();
    expect(documents.map(({ job }) => job).sort()).toEqual(messages.map((_, index) => index).sort());
    const {
      'model.type': _,
      ts,
      event_id,
      ...fields
    } = JSON.parse(String(messages[0]!.value)) as Record<string, unknown>;
    expect(documents.find(({ job }) => job === 0)).toMatchObject({
      ...fields,
      ...STORED,
      ts: new Date(ts as string),
      ...(event_id !== undefined && { _id: event_id, event_id }),
      processedAt: expect.any(Date),
      pipeline: { topic: stream.topic, partition: expect.any(Number), offset: expect.any(Number) },
    });
  });

  it('are dead letters, untouched and each with its reason, where nobody can read them', async () => {
    const offsets = POISONS.map((_, at) => firstPoison + 2 * at);
    const letters = await topic.deadLettersOf(5, offsets);
    const byOffset = (one: KafkaMessage, other: KafkaMessage): number =>
      Number(text(one.headers, 'dlq-offset')) - Number(text(other.headers, 'dlq-offset'));
    const told = letters
      .sort(byOffset)
      .map(({ key, value, headers }) => [key, value, text(headers, 'dlq-code')]);
    expect(told).toEqual(POISONS.map(([value, code]) => [null, value, code]));
  });

  it('change no byte when they come again, elsewhere and in another order', async () => {
    const before = await contents();
    await topic.publish(3, messages.toReversed());
    await topic.publish(1, messages);
    await topic.settledBy(worker.groupId);
    expect(await contents()).toEqual(before);
  });

  it('change no byte when the group reads everything again', async () => {
    const before = await contents();
    expect(await app.stop()).toBe(0);
    await topic.rewind(worker.groupId);
    app = await worker.start();
    await topic.settledBy(worker.groupId);
    expect(await contents()).toEqual(before);
  });

  it('come back by a replay where they are missing, with the place they were first published at', async () => {
    const headers = { 'origin-topic': stream.topic, 'origin-partition': '4', 'origin-offset': '7' };
    const [lost, kept] = [plain({ ...stream.bodyOf(99), job: 'lost' }), messages[1]!];
    const before = await contents();
    await topic.publish(
      0,
      [lost, kept].map((message) => ({ ...message, headers })),
    );
    await topic.settledBy(worker.groupId);
    const found = await worker.lineage(stream.collection).findOne({ host: HOST, job: 'lost' });
    expect(found?.pipeline).toMatchObject({ topic: stream.topic, partition: 4, offset: 7 });
    expect((await contents()).filter((raw) => !before.some((one) => one.equals(raw)))).toHaveLength(1);
  });

  it('are counted by topic and by what became of them', async () => {
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    for (const outcome of ['stored', 'superseded']) {
      expect(metrics).toContain(`consumer_records_total{topic="${stream.topic}",outcome="${outcome}"}`);
    }
  });
});
