import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { kafkaProgram } from '../../../tools/stack/programs';
import { silentProgress } from '../../../tools/stack/progress';
import { stackSettings } from '../../../tools/stack/stack-settings';
import { AppProcess } from '@libs/testing/app-process';
import { MetadataTopic } from '@libs/testing/metadata-topic';
import { kafkaBrokers } from '@libs/testing/test-stack';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;

describe("records that Kafka's own Java producer compressed", () => {
  let topic: MetadataTopic;
  let worker: WorkerUnderTest;
  let app: AppProcess;

  beforeAll(async () => {
    [topic, worker] = await Promise.all([MetadataTopic.open(), WorkerUnderTest.prepare()]);
    app = await worker.start();
  });
  afterAll(async () => {
    await app.stop();
    await Promise.all([topic.close(), worker.discard()]);
  });

  it.each(CODECS)('are read, %s as well, and do not end the worker', async (codec) => {
    const before = await topic.ends();
    const line = `${codec} ${'again and again '.repeat(100)}`;
    await produce(codec, line);
    await topic.settledBy(worker.groupId);
    const after = await topic.ends();
    const partition = [...after.keys()].find((one) => after.get(one) !== before.get(one))!;
    const [letter] = await topic.deadLettersOf(partition, [before.get(partition)!]);
    expect(String(letter?.value)).toBe(line);
    expect(await app.status('/health/live')).toBe(200);
  });
});

async function produce(codec: string, line: string): Promise<void> {
  const { java, jars } = await kafkaProgram(stackSettings(), silentProgress);
  const args = ['--bootstrap-server', kafkaBrokers, '--topic', 'gpu-metadata', '--compression-codec', codec];
  execFileSync(java, ['-cp', join(jars, '*'), 'org.apache.kafka.tools.ConsoleProducer', ...args], {
    input: `${line}\n`,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}
