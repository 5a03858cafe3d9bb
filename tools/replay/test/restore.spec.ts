import { createHash, randomUUID } from 'node:crypto';
import type { Producer } from 'kafkajs';
import { mongo } from 'mongoose';
import { GPU_METADATA_TOPIC } from '@libs/contracts';
import { acceptedMetadata } from '@libs/domain/testing';
import type { AcceptedMetadata } from '@libs/domain';
import { messageOf, MetadataTopic } from '@libs/testing/metadata-topic';
import { testKafka } from '@libs/testing/test-stack';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';
import type { AppProcess } from '@libs/testing/app-process';
import { Tools } from './tool';

const second = (n: number): Date => new Date(Date.UTC(2026, 10, 21, 5, 0, n));
const event = (changes: Partial<AcceptedMetadata>): AcceptedMetadata =>
  acceptedMetadata({ eventId: randomUUID(), ...changes });

/** Everything the worker has to judge: several versions in any order, foreign key ids, equal times. */
function history(): AcceptedMetadata[] {
  const [versions, foreign, equal] = [randomUUID(), randomUUID(), randomUUID()];
  const key = (keyId: string): Pick<AcceptedMetadata, 'producer'> => ({ producer: { keyId } });
  return [
    ...Array.from({ length: 200 }, (_, at) =>
      event({ model: `model-${at % 7}`, acceptedAt: second(at % 60) }),
    ),
    event({ eventId: versions, model: 'second', acceptedAt: second(2) }),
    event({ eventId: versions, model: 'third', acceptedAt: second(3) }),
    event({ eventId: versions, model: 'first', acceptedAt: second(1) }),
    event({ eventId: foreign, model: 'owner', ...key('me'), acceptedAt: second(5) }),
    event({ eventId: foreign, model: 'stranger', ...key('you'), acceptedAt: second(50) }),
    event({ eventId: foreign, model: 'owner later', ...key('me'), acceptedAt: second(6) }),
    event({ eventId: equal, model: 'stays', acceptedAt: second(9) }),
    event({ eventId: equal, model: 'as late', acceptedAt: second(9) }),
  ];
}

describe('replay into the database', () => {
  let producer: Producer;
  let topic: MetadataTopic;
  let worker: WorkerUnderTest;
  let app: AppProcess;
  let tools: Tools;
  let begin: string;
  const events = history();

  /** Of all documents, but for what tells who stored them and when. */
  const hash = async (): Promise<string> => {
    const documents = await worker.documents.find({}, { promoteValues: false }).sort({ _id: 1 }).toArray();
    const sum = createHash('sha256');
    for (const { processedAt: _, pipeline, ...rest } of documents) {
      const { workerVersion: _version, ingestLatencyMs: _latency, ...kept } = pipeline;
      sum.update(mongo.BSON.serialize({ ...rest, pipeline: kept }));
    }
    return `${documents.length} ${sum.digest('hex')}`;
  };
  const replayAll = async (): Promise<string> => {
    const { code, stdout } = await tools.replay('--from', begin, '--rate', '100000', '--yes');
    expect(code).toBe(0);
    await topic.settledBy(worker.groupId);
    return stdout;
  };

  beforeAll(async () => {
    [producer, tools] = [testKafka().producer(), new Tools()];
    [topic, worker] = await Promise.all([
      MetadataTopic.open(),
      WorkerUnderTest.prepare(),
      producer.connect(),
    ]);
    app = await worker.start();
    begin = new Date().toISOString();
    await producer.send({ topic: GPU_METADATA_TOPIC, messages: events.map((one) => messageOf(one)) });
    await topic.settledBy(worker.groupId);
  });
  afterAll(async () => {
    await app.stop();
    await Promise.all([topic.close(), worker.discard(), producer.disconnect()]);
    tools.remove();
  });

  it('changes no byte of a full one', async () => {
    const before = await worker.contents();
    expect(before).toHaveLength(203);
    expect(await replayAll()).toContain(`${events.length} published`);
    expect(await worker.contents()).toEqual(before);
  });

  it('restores an emptied one exactly, and does not publish its own copies again', async () => {
    const before = await hash();
    await worker.documents.deleteMany({});
    const stdout = await replayAll();
    expect(stdout).toMatch(
      new RegExp(`^all +${2 * events.length} +${events.length} +${events.length} +${events.length}$`, 'm'),
    );
    expect(await hash()).toBe(before);
    const [restored] = await worker.documents.find().limit(1).toArray();
    expect(restored?.pipeline.ingestLatencyMs).toBeNull();
  });
});
