import { randomUUID } from 'node:crypto';
import type { Message } from 'kafkajs';
import { acceptedMetadata } from '@libs/domain/testing';
import { messageOf, MetadataTopic } from '@libs/testing/metadata-topic';
import { WorkerUnderTest } from '@libs/testing/worker-under-test';
import type { AppProcess } from '@libs/testing/app-process';
import { Tools } from './tool';

const partition = 3;

interface Listed {
  readonly letters: readonly {
    readonly position: string;
    readonly code: string;
    readonly key: string | null;
  }[];
  readonly codes: Readonly<Record<string, number>>;
}

describe('dead letters', () => {
  let topic: MetadataTopic;
  let worker: WorkerUnderTest;
  let app: AppProcess;
  let tools: Tools;
  let begin: string;
  let first: number;
  const model = randomUUID();
  const [kept, rejected, unreadable] = [randomUUID(), randomUUID(), randomUUID()];
  const isMine = ({ key }: { readonly key: string | null }): boolean =>
    key === rejected || key === unreadable;
  const list = async (...args: string[]): Promise<Listed> => {
    const { stdout } = await tools.dlq('list', '--json', '--limit', '100000', ...args);
    return JSON.parse(stdout) as Listed;
  };
  const positionOf = async (wanted: string): Promise<string> =>
    (await list()).letters.find(({ key }) => key === wanted)!.position;

  beforeAll(async () => {
    tools = new Tools();
    [topic, worker] = await Promise.all([MetadataTopic.open(), WorkerUnderTest.prepare()]);
    await worker.documents.insertOne({ _id: 'taken', model } as never);
    await worker.documents.createIndex({ model: 1 }, { name: 'one-model', unique: true });
    begin = new Date().toISOString();
    const messages: Message[] = [
      messageOf(acceptedMetadata({ eventId: kept })),
      messageOf(acceptedMetadata({ eventId: rejected, model })),
      { ...messageOf(acceptedMetadata({ eventId: unreadable })), value: Buffer.from([0xff, 0xfe]) },
    ];
    first = await topic.publish(partition, messages);
    app = await worker.start();
    await topic.settledBy(worker.groupId);
  });
  afterAll(async () => {
    await app.stop();
    await Promise.all([topic.close(), worker.discard()]);
    tools.remove();
  });

  it('are listed with code and key, and counted', async () => {
    const { letters, codes } = await list();
    expect(
      letters
        .filter(isMine)
        .map(({ code, key }) => [code, key])
        .sort(),
    ).toEqual([
      ['record_rejected', rejected],
      ['undecodable_record', unreadable],
    ]);
    expect(codes.record_rejected).toBeGreaterThanOrEqual(1);
    const { stdout } = await tools.dlq('list', '--code', 'record_rejected', '--limit', '1');
    expect(stdout).toMatch(new RegExp(`record_rejected +${partition}:${first + 1} .*${rejected}`));
    expect(stdout).toMatch(/^record_rejected: \d+$/m);
  });

  it('are shown with headers and value, by position or event id', async () => {
    const { stdout } = await tools.dlq('show', rejected);
    expect(stdout).toContain('dlq-code: record_rejected');
    expect(stdout).toContain(`"model": "${model}"`);
    const letter = await positionOf(unreadable);
    expect((await tools.dlq('show', letter)).stdout).toContain('no UTF-8, as base64:\n//4=');
    const unknown = await tools.dlq('show', '0:99999999');
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('has no letter 0:99999999') });
  });

  it('give their value as it is with --raw', async () => {
    const { stdout } = await tools.dlq('show', rejected, '--raw');
    expect(JSON.parse(stdout)).toMatchObject({ eventId: rejected, model });
  });

  it('come back by code once the cause is repaired, with the place they were first published at', async () => {
    const selection = ['--dlq', '--code', 'record_rejected', '--from', begin];
    const refused = await tools.replay(...selection);
    expect(refused.code).toBe(3);
    expect(refused.stdout).toMatch(/^record_rejected: 1$/m);
    expect(refused.stderr).toContain('--dry-run');
    expect((await tools.replay(...selection, '--dry-run')).stdout).toContain('1 record(s) to replay');
    await worker.documents.dropIndex('one-model');
    expect((await tools.replay(...selection, '--yes')).code).toBe(0);
    await topic.settledBy(worker.groupId);
    const stored = await worker.documents.findOne({ _id: rejected });
    expect(stored?.pipeline).toMatchObject({
      topic: 'gpu-metadata',
      partition,
      offset: first + 1,
      ingestLatencyMs: null,
    });
  });

  it('are replayed once though they were refused twice', async () => {
    const selection = ['--dlq', '--event-id', unreadable];
    expect((await tools.replay(...selection, '--yes')).stdout).toContain('1 published');
    await topic.settledBy(worker.groupId);
    const { letters } = await list('--code', 'undecodable_record');
    expect(letters.filter(isMine)).toHaveLength(2);
    expect((await tools.replay(...selection, '--dry-run')).stdout).toContain('1 record(s) to replay');
  });
});
