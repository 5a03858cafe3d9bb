import { randomBytes, randomUUID } from 'node:crypto';
import type { Message } from 'kafkajs';
import type { RawRecord } from '@libs/domain';
import { testKafka } from '@libs/testing/test-stack';
import { keyText } from '../key-text';
import { originText, ReplayScene } from './replay-scene';

const message = (key: string | null = randomUUID(), value = 'v'): Message => ({
  key,
  value,
  headers: { ce_id: 'x' },
});
/** As large as the broker takes with this key and header, to a few bytes. */
const atLimit = { key: 'at-the-limit', bytes: 1024 * 1024 - 90 };
const messages = (count: number): Message[] => Array.from({ length: count }, () => message());

describe('npm run replay', () => {
  let scene: ReplayScene;

  beforeEach(async () => {
    scene = await ReplayScene.open();
  });
  afterEach(() => scene.close());

  it('publishes records with their key, value and headers, and where they were first published', async () => {
    const list = [Buffer.from('a'), Buffer.from([0, 255])];
    const key = randomUUID();
    await scene.topic.publish(0, [
      message('other'),
      { key, value: Buffer.from([0xff, 0]), headers: { ce_id: 'x', list } },
    ]);
    const { code, stdout } = await scene.replay('--partition', '0', '--from-offset', '1', '--yes');
    expect(stdout).toContain('1 published');
    expect(code).toBe(0);
    const [copy, ...more] = await scene.copies();
    expect(more).toEqual([]);
    expect(keyText(copy!)).toBe(key);
    expect(copy!.value).toEqual(Buffer.from([0xff, 0]));
    expect(copy!.headers).toEqual({
      ce_id: Buffer.from('x'),
      list,
      'origin-topic': Buffer.from(scene.name),
      'origin-partition': Buffer.from('0'),
      'origin-offset': Buffer.from('1'),
    });
  });

  it('keeps the origin a record already has', async () => {
    const origin = {
      'origin-topic': scene.name,
      'origin-partition': '7',
      'origin-offset': '9007199254740993',
    };
    await scene.topic.publish(1, [{ ...message(), headers: origin }]);
    expect((await scene.replay('--all', '--yes')).code).toBe(0);
    expect((await scene.copies()).map(originText)).toEqual(['7:9007199254740993', '7:9007199254740993']);
  });

  it('publishes a key where producers do, in order, and a record without one where it was', async () => {
    const producer = testKafka().producer();
    await producer.connect();
    const [home] = await producer.send({ topic: scene.name, messages: [message('a')] });
    await producer.disconnect();
    await scene.topic.publish(1 - home!.partition, [
      message('a'),
      message(null),
      message('a'),
      message(null),
    ]);
    expect((await scene.replay('--all', '--yes')).code).toBe(0);
    const found = await scene.copies();
    const of = (key: string | undefined): RawRecord[] => found.filter((record) => keyText(record) === key);
    expect(new Set(of('a').map(({ position }) => position.partition))).toEqual(new Set([home!.partition]));
    const away = 1 - home!.partition;
    const order = of('a').map(originText);
    expect(order.filter((at) => at?.startsWith(String(away)))).toEqual([`${away}:0`, `${away}:2`]);
    expect(order).toHaveLength(3);
    expect(of(undefined).map(originText)).toEqual([`${away}:1`, `${away}:3`]);
    expect(of(undefined).every(({ position }) => position.partition === away)).toBe(true);
  });

  it('does not double a topic when all of it is replayed again', async () => {
    await scene.topic.publish(0, messages(20));
    await scene.topic.publish(1, messages(20));
    await scene.replay('--all', '--yes');
    expect(await scene.count()).toBe(80);
    const { stdout } = await scene.replay('--all', '--yes');
    expect(stdout).toMatch(/^all +80 +40 +40 +40$/m);
    expect(await scene.count()).toBe(120);
  });

  it('writes nothing in a dry run, and shows what it would', async () => {
    await scene.topic.publish(0, messages(3));
    await scene.topic.publish(1, messages(4));
    const { code, stdout } = await scene.replay('--all', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^0 +3 +3 +0$/m);
    expect(stdout).toMatch(/^1 +4 +4 +0$/m);
    expect(stdout).toContain('7 record(s) to replay. Nothing was written.');
    expect(await scene.count()).toBe(7);
  });

  it('writes nothing without --yes, tells how much it would and ends with 3', async () => {
    await scene.topic.publish(1, messages(4));
    const { code, stderr } = await scene.replay('--all');
    expect(code).toBe(3);
    expect(stderr).toContain(`This would publish 4 record(s) to ${scene.name}. Nothing was written.`);
    expect(stderr).toContain('--yes');
    expect(await scene.count()).toBe(4);
  });

  it('selects by time', async () => {
    await scene.topic.publish(0, messages(2));
    await new Promise((passed) => setTimeout(passed, 20));
    const from = new Date().toISOString();
    await scene.topic.publish(0, messages(3));
    await new Promise((passed) => setTimeout(passed, 20));
    const to = new Date().toISOString();
    await scene.topic.publish(0, messages(4));
    await scene.replay('--from', from, '--to', to, '--yes');
    expect((await scene.copies()).map(originText).sort()).toEqual(['0:2', '0:3', '0:4']);
  });

  it('selects by event id', async () => {
    const wanted = [randomUUID(), randomUUID()];
    await scene.topic.publish(0, [message(), message(wanted[0]), message()]);
    await scene.topic.publish(1, [message(wanted[1]), message(wanted[0])]);
    await scene.replay('--event-id', wanted[0]!.toUpperCase(), wanted[1]!, '--yes');
    expect((await scene.copies()).map(originText).sort()).toEqual(['0:1', '1:0', '1:1']);
  });

  it('brings back a record of the size limit, and names one that has become too large without stopping at it', async () => {
    const random = randomBytes(atLimit.bytes);
    await scene.topic.publish(0, [message(atLimit.key, random.toString('base64').slice(0, atLimit.bytes))]);
    await scene.topic.publish(0, [{ key: atLimit.key, value: random }]);
    await scene.topic.publish(0, messages(1));
    const { code, stdout } = await scene.replay('--all', '--yes');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^1 record\(s\) are larger than the topic takes .*\(0:1\)$/m);
    expect((await scene.copies()).map(originText).sort()).toEqual(['0:0', '0:2']);
  });

  it('tells what has expired and what is not there yet, and replays the rest', async () => {
    await scene.topic.publish(0, messages(6));
    await scene.admin.fetchTopicOffsets(scene.name); // kafkajs does not look for the leader otherwise
    await scene.admin.deleteTopicRecords({ topic: scene.name, partitions: [{ partition: 0, offset: '4' }] });
    const { stdout } = await scene.replay(
      '--partition',
      '0',
      '--from-offset',
      '1',
      '--to-offset',
      '99',
      '--yes',
    );
    expect(stdout).toContain('offsets 1 to 3 have expired; the oldest left is 4');
    expect(stdout).toContain('Partition 0 ends at offset 6');
    expect((await scene.copies()).map(originText).sort()).toEqual(['0:4', '0:5']);
  });

  it('names the topics there are when this one is not, and makes none', async () => {
    const { code, stderr } = await scene.tools.replay('--topic', 'nowhere', '--all', '--yes');
    expect(code).toBe(1);
    expect(stderr).toContain('There is no topic nowhere on this Kafka.');
    expect(stderr).toContain(scene.name);
    expect(await scene.admin.listTopics()).not.toContain('nowhere');
  });

  it('leaves no consumer group behind and touches no other', async () => {
    await scene.topic.publish(0, messages(2));
    const before = (await scene.admin.listGroups()).groups.map(({ groupId }) => groupId).sort();
    await scene.replay('--all', '--yes');
    const after = (await scene.admin.listGroups()).groups.map(({ groupId }) => groupId).sort();
    expect(after).toEqual(before);
  });
});
