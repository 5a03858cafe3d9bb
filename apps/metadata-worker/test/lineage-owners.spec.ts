import { randomUUID } from 'node:crypto';
import { GPU_METRICS_TOPIC, TOKEN_USAGE_TOPIC } from '@libs/contracts';
import { gpuMetricsBody, tokenUsageBody } from '@libs/contracts/testing';
import { KeyFile } from '@libs/testing/key-file';
import { AppProcess } from '@libs/testing/app-process';
import { MetadataTopic } from '@libs/testing/metadata-topic';
import { kafkaBrokers } from '@libs/testing/test-stack';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';

jest.setTimeout(90_000);

interface Receipt {
  readonly id: string;
  readonly offset: number;
}

/** What the worker's log tells of the events of a key id in a batch. */
interface Told {
  readonly keyId: string;
  readonly events: number;
  readonly offset: string;
  readonly msg: string;
}

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
  let api: AppProcess;
  let app: AppProcess;

  beforeAll(async () => {
    [topic, worker] = await Promise.all([MetadataTopic.open(stream.topicName), WorkerUnderTest.prepare()]);
    const ofApi = { KAFKA_BROKERS: kafkaBrokers, AUTH_MODE: 'required', API_KEYS_FILE: file.path };
    [api, app] = await Promise.all([AppProcess.start('processor-api', ofApi), worker.start()]);
  });
  afterAll(async () => {
    await Promise.all([api, app].map((one) => one.stop()));
    await Promise.all([topic.close(), worker.discard()]);
    file.remove();
  });

  async function post(by: keyof typeof keys, body: object): Promise<Receipt> {
    const headers = { 'content-type': 'application/json', 'x-api-key': keys[by] };
    const answer = await fetch(api.url + stream.path, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(202);
    return (await answer.json()) as Receipt;
  }

  it.each([
    ['before its owner does', 'thief', 'owner'],
    ['after its owner did', 'owner', 'thief'],
  ] as const)('%s replaces nothing, keeps nothing out and says so', async (_, first, second) => {
    const bodyOf = stream.bodiesOf(randomUUID());
    const receipts: Receipt[] = [];
    for (const [at, by] of [first, second, first, second].entries())
      receipts.push(await post(by, bodyOf(`${by}'s ${at < 2 ? 'first' : 'next'}`)));
    const { id } = receipts[0]!;
    expect(new Set(receipts.map((receipt) => receipt.id))).toEqual(new Set([id]));
    await topic.settledBy(worker.groupId);
    const documents = await worker
      .lineage(stream.collection)
      .find({ _id: { $in: [id, `${id}@owner`, `${id}@thief`] } })
      .toArray();
    expect(documents.map(({ _id, job, pipeline }) => [_id, job, pipeline.keyId]).toSorted()).toEqual([
      [id, `${first}'s first`, first],
      [`${id}@${second}`, `${second}'s first`, second],
    ]);
    expect(await (await fetch(`${app.url}/metrics`)).text()).toMatch(
      new RegExp(`consumer_records_total\\{topic="${stream.topicName}",outcome="foreign"\\} [1-9]`),
    );
    const told = app.output
      .split('\n')
      .flatMap((line) => (line.includes(id) ? [JSON.parse(line) as Told] : []));
    expect(new Set(told.map(({ msg }) => msg))).toEqual(
      new Set(['events of another key id are stored beside the first']),
    );
    expect(new Set(told.map(({ keyId }) => keyId))).toEqual(new Set([second]));
    // One line where one batch had both, two where each had one.
    const offsets = [1, 3].map((at) => String(receipts[at]!.offset));
    expect(told[0]).toMatchObject({ offset: offsets[0] });
    expect(offsets).toEqual(expect.arrayContaining(told.map(({ offset }) => offset)));
    expect(told.reduce((sum, { events }) => sum + events, 0)).toBeGreaterThanOrEqual(2);
  });
});
