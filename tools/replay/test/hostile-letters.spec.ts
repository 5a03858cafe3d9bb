import { rawProduce } from '@libs/platform/testing';
import { HOSTILE_BATCHES } from '../../../apps/metadata-worker/test/attacks/hostile-batches';
import { MetadataTopic } from '@libs/testing/metadata-topic';
import { kafkaBrokers } from '@libs/testing/test-stack';
import { ReplayScene } from './replay-scene';

jest.setTimeout(120_000);

describe('letters that somebody else wrote onto the dead-letter topic', () => {
  let scene: ReplayScene;
  let letters: MetadataTopic;
  let goodAt: number;

  beforeAll(async () => {
    scene = await ReplayScene.open();
    letters = await MetadataTopic.open(`${scene.name}.dlq`);
    for (const batches of Object.values(HOSTILE_BATCHES)) {
      await rawProduce(kafkaBrokers, { topic: `${scene.name}.dlq`, partition: 0 }, batches().slice(0, 5));
    }
    const headers = {
      'dlq-code': 'record_rejected',
      'dlq-topic': scene.name,
      'dlq-partition': '1',
      'dlq-offset': '4',
    };
    goodAt = await letters.publish(0, [{ key: 'good', value: 'v', headers }]);
  });
  afterAll(async () => {
    await letters.close();
    await scene.close();
  });

  it('are listed, the newest of them within a screen', async () => {
    const { code, stdout } = await scene.tools.dlq('list', '--topic', scene.name);
    expect(code).toBe(0);
    expect(stdout).toContain(`0:${goodAt}`);
    expect(stdout.length).toBeLessThan(20_000);
  });

  it.each([0, 6, 7, 8])('are shown without flooding the terminal: the letter at %i', async (offset) => {
    const { code, stdout } = await scene.tools.dlq('show', `0:${offset}`, '--topic', scene.name);
    expect(code).toBe(0);
    expect(stdout.length).toBeLessThan(100_000);
  });

  it('are left by a replay, which brings the one back that has a place to go to', async () => {
    const { code, stdout } = await scene.replay('--dlq', '--yes');
    expect(stdout).toContain('1 published');
    expect(code).toBe(1);
    expect((await scene.copies()).map(({ key }) => String(key))).toEqual(['good']);
  });
});
