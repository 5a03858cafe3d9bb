import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { mongo } from 'mongoose';
import { KeyFile } from '@libs/testing/key-file';
import { kafkaBrokers, mongodbUri } from '@libs/testing/test-stack';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';
import type { GpuMetadataDocument } from '../../../apps/metadata-worker/src/adapters/mongo/gpu-metadata.document';
import { AppProcess, eventually } from '@libs/testing/app-process';
import { type ComputedRecord, JournalFile } from './journal-file';
import { NotebookRun } from './notebook-run';

jest.setTimeout(900_000);

/** NOTEBOOK_PICTURES=500 NOTEBOOK_KILLS=5 make test-notebook: the same, longer. The notebook sends 32 at once. */
const PICTURES = Number(process.env.NOTEBOOK_PICTURES ?? 160);
const KILLS = Number(process.env.NOTEBOOK_KILLS ?? 2);
const PACKAGED = 15;
const STEP_MS = 300_000;
const KILLED_WITHIN_MS = 500;
const VECTOR_HEADER_BYTES = 2;

/** What the records of this machine must say. */
const HARDWARE =
  spawnSync('nvidia-smi', [], { stdio: 'ignore' }).status === 0
    ? {
        name: 'name, memory, compute capability and CUDA version of its NVIDIA GPU',
        gpu: {
          deviceName: expect.not.stringMatching(/^cpu$/) as string,
          backend: 'cuda',
          totalMemoryBytes: expect.any(Number) as number,
          allocatedMemoryBytes: expect.any(Number) as number,
          computeCapability: expect.stringMatching(/^\d+\.\d+$/) as string,
          cudaVersion: expect.stringMatching(/^\d+\.\d+$/) as string,
        },
      }
    : {
        name: 'cpu, and null for what only a GPU has (no NVIDIA GPU is here: the CUDA fields were not tried)',
        gpu: {
          deviceName: 'cpu',
          backend: 'cpu',
          totalMemoryBytes: null,
          allocatedMemoryBytes: null,
          computeCapability: null,
          cudaVersion: null,
        },
      };

describe('the notebook', () => {
  const keys = new KeyFile();
  const apiKey = keys.add('notebook');
  const folder = mkdtempSync(join(tmpdir(), 'notebook-'));
  const ownRun = `colab-${digestOf(Buffer.from(apiKey)).slice(0, 6)}`;
  let underTest: WorkerUnderTest;
  let api: AppProcess;
  let worker: AppProcess;

  beforeAll(async () => {
    underTest = await WorkerUnderTest.prepare();
    const ofApi = {
      KAFKA_BROKERS: kafkaBrokers,
      API_KEYS_FILE: keys.path,
      READ_MONGODB_URI: mongodbUri,
      MONGODB_DB: underTest.database,
    };
    [api, worker] = await Promise.all([AppProcess.start('processor-api', ofApi), underTest.start()]);
  });

  afterAll(async () => {
    expect(await Promise.all([api.stop(), worker.stop()])).toEqual([0, 0]);
    await underTest.discard();
    keys.remove();
    rmSync(folder, { recursive: true });
  });

  function start(parameters: Readonly<Record<string, string | number>>, changes = {}): NotebookRun {
    return NotebookRun.start({ folder, url: api.url, apiKey, parameters, ...changes });
  }

  async function documentsOf(run: string): Promise<GpuMetadataDocument[]> {
    return underTest.documents.find({ tags: run }).toArray();
  }

  it('stores what it computed, run from top to bottom with nothing but an address and a key', async () => {
    const run = start({ LOG_LINES: 'GET /a 200|| |GET /b 500 error' });
    const code = await run.exited;
    expect({ code, output: run.output }).toMatchObject({ code: 0 });

    const computed = new JournalFile(join(folder, `${ownRun}.journal`)).computed();
    const documents = await documentsOf(ownRun);
    expect(documents.map(({ _id }) => _id).sort()).toEqual([...computed.keys()].sort());
    for (const document of documents)
      expect(contentOf(document)).toEqual(contentSent(computed.get(document._id)!));

    const pictures = documents.filter(({ model }) => model === 'resnet50');
    expect(pictures).toHaveLength(PACKAGED);
    expect(
      documents.filter(({ model }) => model === 'hashing-256').map(({ source }) => source?.name),
    ).toEqual(expect.arrayContaining(['GET /a 200', 'GET /b 500 error']));
    expect(documents).toHaveLength(PACKAGED + 2);
  });

  it(`tells the hardware: ${HARDWARE.name}`, async () => {
    const pictures = await underTest.documents.find({ tags: ownRun, model: 'resnet50' }).toArray();
    for (const { gpu } of pictures) expect(gpu).toMatchObject(HARDWARE.gpu);
  });

  it('names the events after their input, whatever computed them', async () => {
    const [line] = await underTest.documents.find({ 'source.name': 'GET /a 200' }).toArray();
    expect(line?._id).toBe(eventIdOf('hashing-256', `notebook:${ownRun}/log`, Buffer.from('GET /a 200')));
  });

  it('shows what is stored, and never the key', async () => {
    const run = start({});
    expect(await run.exited).toBe(0);
    const { text, pictures } = run.shown();
    expect(text).toContain('15 pictures were embedded in an earlier run, 0 are to do.');
    expect(text).toMatch(/weights: (pretrained \w+|random, seed 20480)/);
    expect(text).toContain('All 15 records of this run are stored; 17 documents');
    expect(pictures).toBe(3);
    expect(text).not.toContain(apiKey);
  });

  it('goes on where it was after its kernel was killed: nothing twice, nothing missing, only the rest is sent', async () => {
    const parameters = { RUN: 'killed', PICTURES };
    const journal = new JournalFile(join(folder, 'killed.journal'));
    const acceptedBefore = new Map<string, string>();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const run = start(parameters);
      const isFurther = await eventually(
        () => journal.acceptedAt().size > acceptedBefore.size,
        STEP_MS,
        run.exited,
      );
      expect({ isFurther, output: run.output }).toMatchObject({ isFurther: true });
      await sleep(Math.random() * KILLED_WITHIN_MS);
      run.killKernel();
      expect(await run.exited).toBe(NotebookRun.kernelDied);
      for (const [id, acceptedAt] of journal.acceptedAt()) acceptedBefore.set(id, acceptedAt);
    }
    expect(acceptedBefore.size).toBeLessThan(PICTURES);

    const last = start(parameters);
    const code = await last.exited;
    expect({ code, output: last.output }).toMatchObject({ code: 0 });

    const computed = journal.computed();
    const documents = await documentsOf('killed');
    expect(documents).toHaveLength(PICTURES);
    expect(documents.map(({ _id }) => _id).sort()).toEqual([...journal.acceptedAt().keys()].sort());
    for (const document of documents) {
      expect(contentOf(document)).toEqual(contentSent(computed.get(document._id)!));
      // What an earlier run had acknowledged would have a later time, had it been sent again.
      const before = acceptedBefore.get(document._id);
      if (before !== undefined) expect(document.acceptedAt.toISOString()).toBe(before);
    }
  });

  it.each([
    ['a key that is none', { apiKey: 'gmk_none' }, 'The API does not know this key'],
    ['an address where nothing listens', { url: 'http://127.0.0.1:9' }, 'Nothing listens at'],
    ['plain http to the world', { url: 'http://example.com' }, 'http://example.com is plain http'],
  ])('ends with one sentence for %s', async (_, changes, sentence) => {
    const run = start({ RUN: 'refused' }, changes);
    expect(await run.exited).toBe(NotebookRun.failed);
    expect(run.shown().text).toMatch(new RegExp(`\\n⛔ ${sentence}[^\\n]*$`));
  });
});

/** UUIDv5 (RFC 9562, 5.5) in the namespace of the client, which is one of the URL namespace. */
function eventIdOf(model: string, source: string, data: Buffer): string {
  const urls = Buffer.from('6ba7b8119dad11d180b400c04fd430c8', 'hex');
  const namespace = uuid5(urls, 'urn:gpu-metadata-pipeline:embedding');
  const hex = uuid5(namespace, `["${model}", "${source}", "${digestOf(data)}"]`).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function uuid5(namespace: Buffer, name: string): Buffer {
  const bytes = createHash('sha1').update(namespace).update(name).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes;
}

function contentSent({ model, source, tags, attributes, capturedAt, embedding }: ComputedRecord): object {
  return {
    model,
    source,
    tags,
    attributes,
    capturedAt,
    vector: digestOf(Buffer.from(embedding.data, 'base64')),
  };
}

function contentOf({ model, source, tags, attributes, capturedAt, embedding }: GpuMetadataDocument): object {
  const vector = (embedding as mongo.Binary).value().subarray(VECTOR_HEADER_BYTES);
  return { model, source, tags, attributes, capturedAt: capturedAt.toISOString(), vector: digestOf(vector) };
}

/** In the place of 2048 values, which no failure should print. */
function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
