import { randomBytes, randomUUID } from 'node:crypto';
import type { Admin, Kafka, Message } from 'kafkajs';
import { headerText } from '@libs/contracts';
import { MetadataTopic } from '../../../apps/metadata-worker/test/metadata-topic';
import { ownName, testKafka } from '../../../apps/metadata-worker/test/test-stack';
import { eventually } from '../../testing/app-process';
import { readRanges } from '../range-reader';
import { keyText, type SourceRecord } from '../source-record';
import { Tools, type ToolProcess } from './tool';

jest.setTimeout(60_000);

const message = (key: string | null = randomUUID(), value = 'v'): Message => ({
  key,
  value,
  headers: { ce_id: 'x' },
});
/** As large as the broker takes with this key and header, to a few bytes. */
const atLimit = { key: 'at-the-limit', bytes: 1024 * 1024 - 90 };
const messages = (count: number): Message[] => Array.from({ length: count }, () => message());
const originText = (record: SourceRecord): string | undefined => {
  const [partition, offset] = ['origin-partition', 'origin-offset'].map((name) => headerText(record, name));
  return offset === undefined ? undefined : `${partition}:${offset}`;
};

describe('npm run replay', () => {
  let kafka: Kafka;
  let admin: Admin;
  let tools: Tools;
  let name: string;
  let topic: MetadataTopic;
  const replay = (...args: string[]): ReturnType<Tools['replay']> => tools.replay('--topic', name, ...args);

  /** Everything on the topic, partition by partition. */
  const contents = async (): Promise<SourceRecord[]> => {
    const ranges = [...(await topic.ends())].map(([partition, to]) => ({
      partition,
      from: 0n,
      to: BigInt(to),
    }));
    const records: SourceRecord[] = [];
    await readRanges(kafka, { topic: name, ranges, signal: new AbortController().signal }, (more) => {
      records.push(...more);
      return Promise.resolve();
    });
    return records;
  };
  const copies = async (): Promise<SourceRecord[]> =>
    (await contents()).filter((record) => originText(record) !== undefined);
  const count = async (): Promise<number> =>
    [...(await topic.ends()).values()].reduce((sum, end) => sum + end, 0);

  beforeAll(async () => {
    kafka = testKafka();
    admin = kafka.admin();
    tools = new Tools();
    await admin.connect();
  });
  afterAll(async () => {
    await admin.disconnect();
    tools.remove();
  });
  beforeEach(async () => {
    name = ownName('replay-test');
    topic = await MetadataTopic.open(name);
  });
  afterEach(async () => {
    await topic.close();
    await admin.deleteTopics({ topics: [name] });
  });

  it('publishes records with their key, value and headers, and where they were first published', async () => {
    const list = [Buffer.from('a'), Buffer.from([0, 255])];
    const key = randomUUID();
    await topic.publish(0, [
      message('other'),
      { key, value: Buffer.from([0xff, 0]), headers: { ce_id: 'x', list } },
    ]);
    const { code, stdout } = await replay('--partition', '0', '--from-offset', '1', '--yes');
    expect(stdout).toContain('1 published');
    expect(code).toBe(0);
    const [copy, ...more] = await copies();
    expect(more).toEqual([]);
    expect(keyText(copy!)).toBe(key);
    expect(copy!.value).toEqual(Buffer.from([0xff, 0]));
    expect(copy!.headers).toEqual({
      ce_id: Buffer.from('x'),
      list,
      'origin-topic': Buffer.from(name),
      'origin-partition': Buffer.from('0'),
      'origin-offset': Buffer.from('1'),
    });
  });

  it('keeps the origin a record already has', async () => {
    const origin = { 'origin-topic': name, 'origin-partition': '7', 'origin-offset': '9007199254740993' };
    await topic.publish(1, [{ ...message(), headers: origin }]);
    expect((await replay('--all', '--yes')).code).toBe(0);
    expect((await copies()).map(originText)).toEqual(['7:9007199254740993', '7:9007199254740993']);
  });

  it('publishes a key where producers do, in order, and a record without one where it was', async () => {
    const producer = kafka.producer();
    await producer.connect();
    const [home] = await producer.send({ topic: name, messages: [message('a')] });
    await producer.disconnect();
    await topic.publish(1 - home!.partition, [message('a'), message(null), message('a'), message(null)]);
    expect((await replay('--all', '--yes')).code).toBe(0);
    const found = await copies();
    const of = (key: string | undefined): SourceRecord[] => found.filter((record) => keyText(record) === key);
    expect(new Set(of('a').map(({ position }) => position.partition))).toEqual(new Set([home!.partition]));
    const away = 1 - home!.partition;
    const order = of('a').map(originText);
    expect(order.filter((at) => at?.startsWith(String(away)))).toEqual([`${away}:0`, `${away}:2`]);
    expect(order).toHaveLength(3);
    expect(of(undefined).map(originText)).toEqual([`${away}:1`, `${away}:3`]);
    expect(of(undefined).every(({ position }) => position.partition === away)).toBe(true);
  });

  it('does not double a topic when all of it is replayed again', async () => {
    await topic.publish(0, messages(20));
    await topic.publish(1, messages(20));
    await replay('--all', '--yes');
    expect(await count()).toBe(80);
    const { stdout } = await replay('--all', '--yes');
    expect(stdout).toMatch(/^all +80 +40 +40 +40$/m);
    expect(await count()).toBe(120);
  });

  it('writes nothing in a dry run, and shows what it would', async () => {
    await topic.publish(0, messages(3));
    await topic.publish(1, messages(4));
    const { code, stdout } = await replay('--all', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^0 +3 +3 +0$/m);
    expect(stdout).toMatch(/^1 +4 +4 +0$/m);
    expect(stdout).toContain('7 record(s) to replay. Nothing was written.');
    expect(await count()).toBe(7);
  });

  it('writes nothing without --yes, tells how much it would and ends with 3', async () => {
    await topic.publish(1, messages(4));
    const { code, stderr } = await replay('--all');
    expect(code).toBe(3);
    expect(stderr).toContain(`This would publish 4 record(s) to ${name}. Nothing was written.`);
    expect(stderr).toContain('--yes');
    expect(await count()).toBe(4);
  });

  it('selects by time', async () => {
    await topic.publish(0, messages(2));
    await new Promise((passed) => setTimeout(passed, 20));
    const from = new Date().toISOString();
    await topic.publish(0, messages(3));
    await new Promise((passed) => setTimeout(passed, 20));
    const to = new Date().toISOString();
    await topic.publish(0, messages(4));
    await replay('--from', from, '--to', to, '--yes');
    expect((await copies()).map(originText).sort()).toEqual(['0:2', '0:3', '0:4']);
  });

  it('selects by event id', async () => {
    const wanted = [randomUUID(), randomUUID()];
    await topic.publish(0, [message(), message(wanted[0]), message()]);
    await topic.publish(1, [message(wanted[1]), message(wanted[0])]);
    await replay('--event-id', wanted[0]!.toUpperCase(), wanted[1]!, '--yes');
    expect((await copies()).map(originText).sort()).toEqual(['0:1', '1:0', '1:1']);
  });

  it('brings back a record of the size limit, and names one that has become too large without stopping at it', async () => {
    const random = randomBytes(atLimit.bytes);
    await topic.publish(0, [message(atLimit.key, random.toString('base64').slice(0, atLimit.bytes))]);
    await topic.publish(0, [{ key: atLimit.key, value: random }]);
    await topic.publish(0, messages(1));
    const { code, stdout } = await replay('--all', '--yes');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^1 record\(s\) are larger than the topic takes .*\(0:1\)$/m);
    expect((await copies()).map(originText).sort()).toEqual(['0:0', '0:2']);
  });

  it('tells what has expired and what is not there yet, and replays the rest', async () => {
    await topic.publish(0, messages(6));
    await admin.fetchTopicOffsets(name); // kafkajs does not look for the leader otherwise
    await admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: '4' }] });
    const { stdout } = await replay('--partition', '0', '--from-offset', '1', '--to-offset', '99', '--yes');
    expect(stdout).toContain('offsets 1 to 3 have expired; the oldest left is 4');
    expect(stdout).toContain('Partition 0 ends at offset 6');
    expect((await copies()).map(originText).sort()).toEqual(['0:4', '0:5']);
  });

  it('names the topics there are when this one is not, and makes none', async () => {
    const { code, stderr } = await tools.replay('--topic', 'nowhere', '--all', '--yes');
    expect(code).toBe(1);
    expect(stderr).toContain('There is no topic nowhere on this Kafka.');
    expect(stderr).toContain(name);
    expect(await admin.listTopics()).not.toContain('nowhere');
  });

  describe('interrupted', () => {
    const records = 300;
    const started = async (): Promise<ToolProcess> => {
      await topic.publish(0, messages(records / 2));
      await topic.publish(1, messages(records / 2));
      const run = tools.start('main', ['--topic', name, '--all', '--rate', '60', '--yes']);
      expect(await eventually(async () => (await count()) > records, 30_000)).toBe(true);
      return run;
    };
    const resume = async (): Promise<string> => {
      const { stdout } = await tools.replay('--resume');
      const [id] = stdout.split(' ');
      expect(await tools.replay('--resume', id!, '--yes', '--rate', '10000')).toMatchObject({ code: 0 });
      expect((await tools.replay('--resume')).stdout).toContain('No interrupted replay');
      return stdout;
    };

    it('by kill -9, it goes on where it stopped and leaves nothing out', async () => {
      const run = await started();
      run.child.kill('SIGKILL');
      expect((await run.ended).code).toBe('SIGKILL');
      expect(await count()).toBeLessThan(2 * records);
      await resume();
      const origins = (await copies()).map(originText);
      expect(new Set(origins).size).toBe(records);
      expect(origins.length).toBeLessThanOrEqual(records + 64);
    });

    it('by SIGTERM, it ends with 143, says how to go on, and then publishes each record once', async () => {
      const run = await started();
      run.child.kill('SIGTERM');
      const { code, stderr } = await run.ended;
      expect(code).toBe(143);
      expect(stderr).toMatch(/go on with: npm run replay -- --resume \S+ --yes/);
      expect(await resume()).toMatch(/ [1-9]\d* published since/);
      const origins = (await copies()).map(originText);
      expect(origins).toHaveLength(records);
      expect(new Set(origins).size).toBe(records);
    });
  });

  it('refuses to resume what it does not know', async () => {
    const { code, stderr } = await tools.replay('--resume', 'unknown', '--yes');
    expect(code).toBe(1);
    expect(stderr).toContain('No interrupted replay unknown');
  });

  it('leaves no consumer group behind and touches no other', async () => {
    await topic.publish(0, messages(2));
    const before = (await admin.listGroups()).groups.map(({ groupId }) => groupId).sort();
    await replay('--all', '--yes');
    const after = (await admin.listGroups()).groups.map(({ groupId }) => groupId).sort();
    expect(after).toEqual(before);
  });
});
