import { randomUUID } from 'node:crypto';
import { GPU_METRICS_TOPIC, TOKEN_USAGE_TOPIC } from '@libs/contracts';
import { gpuMetricsBody, tokenUsageBody } from '@libs/contracts/testing';
import { KeyFile } from '../../processor-api/test/key-file';
import { AppProcess } from '../../../tools/testing/app-process';
import type { LineageDocument } from '../src/adapters/mongo/lineage.document';
import { MetadataTopic } from './metadata-topic';
import { kafkaBrokers } from './test-stack';
import { WorkerUnderTest } from './worker-under-test';

jest.setTimeout(90_000);

/** Bodies that name the same usage or reading, and differ in what they tell of it. */
type Bodies = (job: string) => Record<string, unknown>;

const STREAMS = [
  {
    path: '/v1/token-usage',
    topicName: TOKEN_USAGE_TOPIC,
    collection: 'token_usage',
    bodiesOf:
      (unique: string): Bodies =>
      (job) =>
        tokenUsageBody({ event_id: unique, job }),
  },
  {
    path: '/v1/gpu-metrics',
    topicName: GPU_METRICS_TOPIC,
    collection: 'gpu_metrics',
    bodiesOf:
      (unique: string): Bodies =>
      (job) =>
        gpuMetricsBody({ host: unique, job }),
  },
] as const;

describe.each(STREAMS)('POST $path under the identity of somebody else', (stream) => {
  const file = new KeyFile();
  const keys = { owner: file.add('owner'), thief: file.add('thief') };
  let topic: MetadataTopic;
  let worker: WorkerUnderTest;
  let apps: readonly AppProcess[];

  beforeAll(async () => {
    [topic, worker] = await Promise.all([MetadataTopic.open(stream.topicName), WorkerUnderTest.prepare()]);
    const ofApi = { KAFKA_BROKERS: kafkaBrokers, AUTH_MODE: 'required', API_KEYS_FILE: file.path };
    apps = await Promise.all([AppProcess.start('processor-api', ofApi), worker.start()]);
  });
  afterAll(async () => {
    await Promise.all(apps.map((app) => app.stop()));
    await Promise.all([topic.close(), worker.discard()]);
    file.remove();
  });

  /** Answers the id that the API gave it. */
  async function post(by: keyof typeof keys, body: object): Promise<string> {
    const headers = { 'content-type': 'application/json', 'x-api-key': keys[by] };
    const answer = await fetch(apps[0]!.url + stream.path, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(202);
    return ((await answer.json()) as { readonly id: string }).id;
  }

  async function stored(id: string): Promise<readonly LineageDocument[]> {
    await topic.settledBy(worker.groupId);
    const ids = [id, ...Object.keys(keys).map((by) => `${id}@${by}`)];
    return worker
      .lineage(stream.collection)
      .find({ _id: { $in: ids } })
      .toArray();
  }

  it.each([
    ['before its owner does', ['thief', 'owner', 'thief', 'owner']],
    ['after its owner did', ['owner', 'thief', 'owner', 'thief']],
  ] as const)('%s neither takes it nor keeps the owner out', async (_, order) => {
    const bodyOf = stream.bodiesOf(randomUUID());
    const ids = new Set<string>();
    for (const [at, by] of order.entries())
      ids.add(await post(by, bodyOf(`${by}'s ${at < 2 ? 'first' : 'next'}`)));
    const [id, ...others] = [...ids];
    expect(others).toEqual([]);
    const documents = await stored(id!);
    expect(documents.map(({ _id, job, pipeline }) => [_id, job, pipeline.keyId]).toSorted()).toEqual([
      [`${id!}@owner`, "owner's first", 'owner'],
      [`${id!}@thief`, "thief's first", 'thief'],
    ]);
  });
});
