import { randomUUID } from 'node:crypto';
import type { Message } from 'kafkajs';
import { eventually } from '@libs/testing/app-process';
import { originText, ReplayScene } from './replay-scene';
import type { ToolProcess } from './tool';

const messages = (count: number): Message[] =>
  Array.from({ length: count }, () => ({ key: randomUUID(), value: 'v', headers: { ce_id: 'x' } }));

describe('npm run replay -- --resume', () => {
  let scene: ReplayScene;

  beforeEach(async () => {
    scene = await ReplayScene.open();
  });
  afterEach(() => scene.close());

  describe('interrupted', () => {
    const records = 300;
    const started = async (): Promise<ToolProcess> => {
      await scene.topic.publish(0, messages(records / 2));
      await scene.topic.publish(1, messages(records / 2));
      const run = scene.tools.start('main', ['--topic', scene.name, '--all', '--rate', '60', '--yes']);
      expect(await eventually(async () => (await scene.count()) > records, 30_000)).toBe(true);
      return run;
    };
    const resume = async (): Promise<string> => {
      const { stdout } = await scene.tools.replay('--resume');
      const [id] = stdout.split(' ');
      expect(await scene.tools.replay('--resume', id!, '--yes', '--rate', '10000')).toMatchObject({
        code: 0,
      });
      expect((await scene.tools.replay('--resume')).stdout).toContain('No interrupted replay');
      return stdout;
    };

    it('by kill -9, it goes on where it stopped and leaves nothing out', async () => {
      const run = await started();
      run.child.kill('SIGKILL');
      expect((await run.ended).code).toBe('SIGKILL');
      expect(await scene.count()).toBeLessThan(2 * records);
      await resume();
      const origins = (await scene.copies()).map(originText);
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
      const origins = (await scene.copies()).map(originText);
      expect(origins).toHaveLength(records);
      expect(new Set(origins).size).toBe(records);
    });
  });

  it('refuses to resume what it does not know', async () => {
    const { code, stderr } = await scene.tools.replay('--resume', 'unknown', '--yes');
    expect(code).toBe(1);
    expect(stderr).toContain('No interrupted replay unknown');
  });
});
