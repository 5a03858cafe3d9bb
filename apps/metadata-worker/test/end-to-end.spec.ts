import { randomUUID } from 'node:crypto';
import { mongo } from 'mongoose';
import { packedBody, submissionBody } from '@libs/contracts/testing';
import { AppProcess, eventually } from '@libs/testing/app-process';
import type { GpuMetadataDocument } from '../src/adapters/mongo/gpu-metadata.document';
import { kafkaBrokers, mongodbUri } from '@libs/testing/test-stack';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';

/** A document or a list of them, as the API answers. */
interface Read {
  readonly eventId?: string;
  readonly gpu?: object;
  readonly attributes?: object;
  readonly capturedAt?: string;
  readonly items?: readonly Read[];
}

interface Receipt {
  readonly eventId: string;
  readonly acceptedAt: string;
}

const FLOAT32_VECTOR_HEADER_BYTES = 2;

describe('a record from POST to the database', () => {
  let underTest: WorkerUnderTest;
  let api: AppProcess;
  let worker: AppProcess;

  beforeAll(async () => {
    underTest = await WorkerUnderTest.prepare();
    const ofApi = {
      AUTH_MODE: 'off',
      KAFKA_BROKERS: kafkaBrokers,
      READ_MONGODB_URI: mongodbUri,
      MONGODB_DB: underTest.database,
    };
    [api, worker] = await Promise.all([AppProcess.start('processor-api', ofApi), underTest.start()]);
  });

  afterAll(async () => {
    expect(await Promise.all([api.stop(), worker.stop()])).toEqual([0, 0]);
    await underTest.discard();
  });

  async function post(changes: Record<string, unknown>): Promise<Receipt> {
    const response = await fetch(`${api.url}/metadata`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(submissionBody(changes)),
    });
    expect(response.status).toBe(202);
    return (await response.json()) as Receipt;
  }

  async function stored(eventId: string, acceptedAt: string): Promise<GpuMetadataDocument> {
    let found: GpuMetadataDocument | null = null;
    const isThere = async (): Promise<boolean> => {
      found = await underTest.documents.findOne({ _id: eventId });
      return found?.acceptedAt.toISOString() === acceptedAt;
    };
    expect(await eventually(isThere, 20_000)).toBe(true);
    return found!;
  }

  const FORMS = [
    ['JSON numbers', (values: readonly number[]) => values],
    ['the packed form', (values: readonly number[]) => packedBody(values)],
  ] as const;

  it.each(
    FORMS.flatMap(([name, form]) => [1, 2048, 8192].map((dimension) => [dimension, name, form] as const)),
  )(
    'keeps %d values sent as %s bit for bit',
    async (dimension, _, form) => {
      const sent = Float32Array.from(
        { length: dimension },
        () => (Math.random() - 0.5) * 10 ** (Math.random() * 60 - 30),
      );
      const { eventId, acceptedAt } = await post({ eventId: undefined, embedding: form([...sent]) });
      const embedding = (await stored(eventId, acceptedAt)).embedding as mongo.Binary;
      expect(embedding.sub_type).toBe(mongo.Binary.SUBTYPE_VECTOR);
      expect(Buffer.from(embedding.value()).subarray(FLOAT32_VECTOR_HEADER_BYTES)).toEqual(
        Buffer.from(sent.buffer),
      );
    },
    30_000,
  );

  it('is read back as it was sent by every route, whatever its attributes are named', async () => {
    const gpu = {
      deviceName: 'AMD Instinct MI300A',
      backend: 'rocm',
      totalMemoryBytes: 1000,
      allocatedMemoryBytes: 1600,
      driverVersion: '6.10.5',
      hipVersion: '6.2.41133-dd7f95766',
    };
    const attributes = {
      'eval/loss': 0.3,
      'model.type': 'cnn',
      'test acc': 0.9,
      'a.b.': 1,
      '.': true,
      ' x': 'y',
    };
    const embedding = [0.25, -0.5, 8];
    const tag = randomUUID();
    // Searches look for the latest captures first.
    const capturedAt = new Date().toISOString();
    const { eventId, acceptedAt } = await post({
      eventId: null,
      source: null,
      embedding,
      tags: [tag],
      gpu: { ...gpu, deviceName: ` ${gpu.deviceName}\u0000 ` },
      capturedAt: capturedAt.replace('T', ' ').toLowerCase(),
      attributes: { ...attributes, loss: null },
    });
    const document = await stored(eventId, acceptedAt);
    expect(document.attributes).toMatchObject({
      'eval/loss': 0.3,
      'model%2Etype': 'cnn',
      'a%2Eb%2E': 1,
      '%2E': true,
    });

    const read = async (path: string, init?: RequestInit): Promise<Read> =>
      (await (await fetch(api.url + path, init)).json()) as Read;
    const search = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ embedding, filter: { tag, deviceName: `${gpu.deviceName} ` } }),
    };
    let similar: Read = {};
    const isFound = async (): Promise<boolean> => {
      similar = await read('/v1/metadata/search', search);
      return similar.items?.some((item) => item.eventId === eventId) ?? false;
    };
    expect(await eventually(isFound, 30_000)).toBe(true);
    const page = await read(`/v1/metadata?tag=${tag}&deviceName=${encodeURIComponent(gpu.deviceName)}`);
    for (const list of [page, similar]) expect(list).toMatchObject({ items: [{ eventId }] });
    const answers = [await read(`/v1/metadata/${eventId}`), ...(page.items ?? []), ...(similar.items ?? [])];
    for (const answer of answers) {
      expect(answer.gpu).toMatchObject({ ...gpu, memoryUtilization: 1.6, cudaVersion: null });
      expect(answer.attributes).toEqual(attributes);
      expect(answer.capturedAt).toBe(capturedAt);
      expect(answer).not.toHaveProperty('source');
    }
  });

  it('is one document when the same event is posted three times', async () => {
    const eventId = randomUUID();
    const receipts = [
      await post({ eventId }),
      await post({ eventId }),
      await post({ eventId: eventId.toUpperCase() }),
    ];
    await stored(eventId, receipts.at(-1)!.acceptedAt);
    expect(await underTest.documents.countDocuments({ _id: eventId })).toBe(1);
  });

  it('is the later accepted of two bodies with one eventId', async () => {
    const eventId = randomUUID();
    await post({ eventId, model: 'first' });
    const { acceptedAt } = await post({ eventId, model: 'second' });
    expect(await stored(eventId, acceptedAt)).toMatchObject({ model: 'second' });
  });
});
