import { freePort } from '../../stack/port-holder';
import { eventually } from '@libs/testing/app-process';
import { HttpGate } from '@libs/testing/http-gate';
import { LoadScene, type LoadEnded } from './load-scene';

const COUNT = 60;
/** Of a run in which all went well. */
const allEqual = (where: 'api' | 'topic', count = COUNT): object => ({
  code: 0,
  summary: {
    records: {
      arrived: count,
      sent: count,
      acknowledged: count,
      refused: 0,
      failed: 0,
      neverSent: 0,
      leftUnsent: 0,
    },
    verification: { where, acknowledged: count, equal: count, missing: 0, differing: 0, unread: 0 },
  },
});

describe('npm run load-producer', () => {
  let scene: LoadScene;

  beforeAll(async () => {
    scene = await LoadScene.open();
  });
  afterAll(() => scene.close());

  function load(...options: readonly string[]): Promise<LoadEnded[]> {
    const usual = `--count ${COUNT} --rate 300 --dimension 64`;
    return Promise.all(options.map((one) => scene.load(`${usual} ${one}`)));
  }

  it('posts records in every form, and finds each stored as it was sent', async () => {
    const ended = await load(
      '--verify --encoding json',
      '--verify --encoding msgpack --compress gzip',
      '--verify --batch 25 --compress zstd',
      '--verify --batch 25 --encoding json',
    );
    for (const one of ended) {
      expect(one).toMatchObject(allEqual('api'));
      expect(await scene.countStored(one.summary)).toBe(COUNT);
    }
    expect(ended[2]?.summary.requests).toBeLessThanOrEqual(COUNT / 10);
  });

  it('writes each topic itself as producers inside the network do, and reads it back', async () => {
    const ended = await load(
      '--verify --mode kafka --batch 10',
      '--verify --mode kafka --topic gpu.metrics.v1',
      '--verify --mode kafka --topic token.usage.v1 --batch 10',
      '--verify --topic gpu.metrics.v1',
      '--verify --topic token.usage.v1 --encoding msgpack',
    );
    for (const one of ended) expect(one).toMatchObject(allEqual('topic'));
    const [metadata, ...lineage] = ended;
    expect(metadata?.summary.answers).toEqual({ acknowledged: COUNT });
    const stored = scene.stored.lineage('gpu_metrics');
    const host = { $in: lineage.flatMap(({ summary }) => hostsOf(summary.run)) };
    await eventually(async () => (await stored.countDocuments({ host })) === 2 * COUNT, 10_000);
    expect(await stored.countDocuments({ host })).toBe(2 * COUNT);
  });

  it('follows a record that it wrote to the topic into the database', async () => {
    const [ended] = await load('--mode kafka --verify api');
    expect(ended).toMatchObject(allEqual('api'));
  });

  it('ends with the summary when it is told to, and all that was acknowledged is there', async () => {
    const { process: tool, ended } = scene.start('--rate 100 --dimension 64 --verify');
    await scene.untilStored(30);
    tool.child.kill('SIGTERM');
    const { code, stdout, summary } = await ended;
    expect(stdout).toMatch(/^Run [0-9a-f]{7}: gpu-metadata to http.*[\s\S]*acknowledged +\d+/);
    expect(code).toBe(0);
    expect(summary.verification?.equal).toBe(summary.records.acknowledged);
    expect(summary.records.acknowledged).toBeGreaterThanOrEqual(30);
  });

  it('shows the code and the field of a refused record, and does not send it again', async () => {
    const { code, stdout, summary } = await scene.load('--count 3 --dimension 9000');
    expect(code).toBe(1);
    expect(stdout).toMatch(/422 invalid_metadata +out_of_range +\/embedding\/dimension +3 /);
    expect(summary).toMatchObject({ requests: 3, retries: 0, records: { refused: 3, acknowledged: 0 } });
  });

  it('stops at once when its key is not good', async () => {
    const { code, stderr, summary } = await scene.load('--rate 50', { API_KEY: 'gmp_not_good' });
    expect(code).toBe(1);
    expect(stderr).toContain('every record would be refused: unauthorized');
    expect(summary.records.acknowledged).toBe(0);
  });

  it('counts what the connections could not carry as never sent', async () => {
    const gate = new HttpGate(await freePort(), new URL(scene.url));
    await gate.open();
    gate.slow(300);
    const { code, summary } = await scene.load(
      `--url ${gate.url} --count 100 --rate 1000 --dimension 8 --connections 1 --max-waiting 5`,
    );
    await gate.close();
    expect(code).toBe(4);
    expect(summary.records.neverSent).toBeGreaterThan(0);
    expect(summary.records.sent + summary.records.neverSent).toBe(100);
    expect(summary.records.acknowledged).toBe(summary.records.sent);
  });

  it('prints its own ceiling and warns of a rate above it', async () => {
    const { code, stdout } = await scene.load('--ceiling --rate 100000');
    expect(stdout).toMatch(
      /^Ceiling: [\d,.]+\/s against a server that does nothing\n {2}gpu-metadata, 2,048 floats packed/,
    );
    expect(stdout).toContain('Warning: --rate 100000 is above it.');
    expect(code).toBe(0);
  });

  it('tells all faults of its settings', async () => {
    const { code, stderr } = await scene.load('--rate 0 --mode fax');
    expect(stderr).toMatch(/2 fault\(s\):\n {2}--mode \(LOAD_MODE\): .*\n {2}--rate \(LOAD_RATE\): /);
    expect(code).toBe(2);
  });

  it('goes on when the API was killed and came back, and nothing acknowledged is missing', async () => {
    const { ended } = scene.start('--rate 100 --count 400 --dimension 64 --verify --connections 8');
    await scene.untilStored(50);
    scene.api.signal('SIGKILL');
    await scene.api.exited;
    await scene.startApi();
    const end = await ended;
    expect(end).toMatchObject(allEqual('api', 400));
    expect(end.summary.retries).toBeGreaterThan(0);
    expect(await scene.countStored(end.summary)).toBe(400);
  });

  it('ends with 3 where an acknowledged record is missing', async () => {
    await scene.worker.stop();
    const { code, stdout, summary } = await scene.load(
      '--count 5 --dimension 8 --verify --verify-wait 500ms',
    );
    expect(code).toBe(3);
    expect(summary.verification).toMatchObject({ acknowledged: 5, equal: 0, missing: 5 });
    expect(stdout).toMatch(/5 missing\n {2}[0-9a-f-]{36} is missing/);
  });
});

function hostsOf(run: string): string[] {
  return Array.from({ length: 32 }, (_, host) => `gpu-${String(host).padStart(2, '0')}.load-${run}`);
}
