import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetObjectCommand, HeadBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Kafka, logLevel } from 'kafkajs';
import { mongo } from 'mongoose';
import { localS3Client } from '../s3-client';
import { ensureBucket } from '../s3-readiness';
import { startStack, stopStack, type RunningStack } from '../stack';
import type { StackSettings } from '../stack-settings';
import { ownTemporaryStack, removeStack } from './temporary-stack';

describe('the embedded stack', () => {
  let settings: StackSettings;
  let stack: RunningStack;

  beforeAll(async () => {
    settings = await ownTemporaryStack();
    stack = await startStack(settings);
  });

  afterAll(() => removeStack(settings));

  it('makes the bucket of an archive that is switched on, and again does no harm', async () => {
    const withArchive = { ...settings, env: { ...settings.env, ARCHIVE_BUCKET: 'archive-test' } };
    await startStack(withArchive);
    await startStack(withArchive);
    const { $metadata } = await localS3Client(stack.s3Endpoint).send(
      new HeadBucketCommand({ Bucket: 'archive-test' }),
    );
    expect($metadata.httpStatusCode).toBe(200);
  });

  it('starts nothing new at a second call', async () => {
    const before = [stack.kafka?.pid(), stack.database?.pid(), stack.s3?.pid()];
    const again = await startStack(settings);
    expect([again.kafka?.pid(), again.database?.pid(), again.s3?.pid()]).toEqual(before);
    expect(before).not.toContain(undefined);
  });

  it('runs beside a copy with another folder and other ports, one call at a time for each folder', async () => {
    const other = await ownTemporaryStack();
    try {
      const [first, second] = await Promise.all([startStack(other), startStack(other)]);
      expect(second.kafka?.pid()).toBe(first.kafka?.pid());
      expect(first.kafkaBrokers).not.toBe(stack.kafkaBrokers);
      await stopStack(other);
      expect(stack.kafka?.pid()).toBeDefined();
      expect(stack.database?.pid()).toBeDefined();
    } finally {
      await removeStack(other);
    }
  });

  it('keeps acknowledged writes when its parts are killed', async () => {
    await publish(stack, 'kept');
    await store(stack, 'kept');
    await ensureBucket(stack.s3Endpoint, 'kept');
    await localS3Client(stack.s3Endpoint).send(
      new PutObjectCommand({ Bucket: 'kept', Key: 'a/b', Body: 'kept' }),
    );
    const killed = [stack.kafka?.pid(), stack.database?.pid(), stack.s3?.pid()];
    stack.kafka?.kill('SIGKILL');
    stack.database?.kill('SIGKILL');
    stack.s3?.kill('SIGKILL');
    await stack.kafka?.ended(5000);
    await stack.database?.ended(5000);
    await stack.s3?.ended(5000);

    stack = await startStack(settings);

    expect(killed).not.toContain(stack.kafka?.pid());
    expect(await lastOffset(stack, 'kept')).toBe('1');
    expect(await isStored(stack, 'kept')).toBe(true);
    const kept = await localS3Client(stack.s3Endpoint).send(
      new GetObjectCommand({ Bucket: 'kept', Key: 'a/b' }),
    );
    expect(await kept.Body?.transformToString()).toBe('kept');
  });
});

describe('what else is on the machine', () => {
  let settings: StackSettings;
  let stranger: ChildProcess | undefined;

  beforeEach(async () => {
    settings = await ownTemporaryStack();
  });

  afterEach(async () => {
    stranger?.kill('SIGKILL');
    await removeStack(settings);
  });

  it('is named with its pid when it holds a port', async () => {
    stranger = await listenOn(settings.ports.database);
    await expect(
      startStack({
        ...settings,
        externalKafkaBrokers: 'elsewhere:9092',
        externalS3Endpoint: 'http://elsewhere',
      }),
    ).rejects.toThrow(
      new RegExp(
        `^Port ${settings.ports.database} \\(MONGODB_PORT\\) is in use by pid ${stranger.pid ?? 0} \\(`,
      ),
    );
  });

  it('is left alone when it got the pid of a part that ended', async () => {
    stranger = await listenOn(0);
    mkdirSync(join(settings.stackDir, 'run'));
    writeFileSync(join(settings.stackDir, 'run', 'database.pid'), `${stranger.pid ?? 0}\n`);
    const record = {
      pid: stranger.pid,
      startTime: '1',
      marker: 'secantusd-py',
      port: 1,
      settings: { salt: '', hashes: {} },
    };
    writeFileSync(join(settings.stackDir, 'run', 'database.json'), JSON.stringify(record));

    const { database } = await startStack({
      ...settings,
      externalKafkaBrokers: 'elsewhere:9092',
      externalS3Endpoint: 'http://elsewhere',
    });
    expect(database?.pid()).not.toBe(stranger.pid);
    expect(Number(readFileSync(database?.pidFile ?? '', 'utf8'))).toBe(database?.pid());

    await stopStack(settings);
    expect(stranger.exitCode).toBeNull();
  });

  it('lacks Java: one sentence says so and how to get it', async () => {
    const env = { PATH: '/nonexistent' };
    const start = startStack({
      ...settings,
      env,
      externalMongodbUri: 'mongodb://elsewhere',
      externalS3Endpoint: 'http://elsewhere',
    });
    await expect(start).rejects.toMatchObject({
      message: 'Java is missing: there is no java on the PATH, and Kafka needs Java 17 or newer.',
      nextStep: 'Install it: sudo apt install openjdk-17-jre-headless',
    });
  });
});

describe(stopStack.name, () => {
  it('does nothing where nothing runs', async () => {
    const settings = await ownTemporaryStack();
    await expect(removeStack(settings)).resolves.toBeUndefined();
  });
});

async function listenOn(port: number): Promise<ChildProcess> {
  const script = `require('node:net').createServer().listen(${port}, '127.0.0.1', () => console.log('listening'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

function kafkaOf({ kafkaBrokers }: RunningStack): Kafka {
  return new Kafka({ brokers: [kafkaBrokers], logLevel: logLevel.NOTHING });
}

async function publish(stack: RunningStack, topic: string): Promise<void> {
  const admin = kafkaOf(stack).admin();
  const producer = kafkaOf(stack).producer();
  await Promise.all([admin.connect(), producer.connect()]);
  await admin.createTopics({ topics: [{ topic }], waitForLeaders: true });
  await producer.send({ topic, acks: -1, messages: [{ value: topic }] });
  await Promise.all([admin.disconnect(), producer.disconnect()]);
}

async function lastOffset(stack: RunningStack, topic: string): Promise<string | undefined> {
  const admin = kafkaOf(stack).admin();
  await admin.connect();
  const [partition] = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  return partition?.high;
}

async function store(stack: RunningStack, name: string): Promise<void> {
  const client = new mongo.MongoClient(stack.mongodbUri);
  await client
    .db('kept')
    .collection('writes')
    .insertOne({ name }, { writeConcern: { w: 'majority' } });
  await client.close();
}

async function isStored(stack: RunningStack, name: string): Promise<boolean> {
  const client = new mongo.MongoClient(stack.mongodbUri);
  const found = await client.db('kept').collection('writes').findOne({ name });
  await client.close();
  return found !== null;
}
