import { setTimeout as sleep } from 'node:timers/promises';
import { Pipeline, PUBLISH_TIMEOUT_MS } from './pipeline';
import { observe, settled } from './scenario';
import { SCALE } from './soak';

jest.setTimeout(SCALE * 240_000);

const RECORDS = 100;

describe('the ledger finds the loss that comes of', () => {
  let pipeline: Pipeline;

  beforeAll(async () => {
    pipeline = await Pipeline.open();
  });
  afterAll(() => pipeline.close());

  it("an API that answers before the broker's acknowledgement", async () => {
    await pipeline.stop(pipeline.api);
    await pipeline.startChangedApi('faulty-early-answer.ts');
    const name = 'FAULTY API: 202 before the ack, broker kill -9';
    const { acknowledged, lost } = await observe(pipeline, { name }, async ({ load }) => {
      load.start();
      await load.acknowledged(RECORDS);
      pipeline.kafka.kill('SIGKILL');
      await load.acknowledged(RECORDS);
      await load.finish();
      // What the real publisher still tries, it gives up.
      await sleep(2 * PUBLISH_TIMEOUT_MS);
    });
    expect(lost.length).toBeGreaterThanOrEqual(RECORDS / 2);
    expect(lost.length).toBeLessThan(acknowledged);
    await pipeline.stop(pipeline.api);
    await pipeline.startApi();
  });

  it('a worker that commits before the write', async () => {
    await pipeline.stop(pipeline.worker);
    const faulty = await pipeline.startChangedWorker('faulty-early-commit.ts');
    const name = 'FAULTY worker: commit before the write, kill -9';
    const { lost } = await observe(pipeline, { name }, async ({ load }) => {
      load.start();
      await load.acknowledged(RECORDS);
      await load.finish();
      await settled();
      await pipeline.kill(faulty);
      await pipeline.startWorker();
    });
    expect(lost.length).toBeGreaterThan(0);
  });

  it('hands that change a document, remove one, or bring an older one back', async () => {
    const name = 'FAULTY database: one changed, one removed, one older again';
    const { lost, wrong, wentBack } = await observe(pipeline, { name }, async ({ load, model }) => {
      load.start();
      await load.acknowledged(RECORDS);
      await load.finish();
      await settled();
      const [first, second] = await pipeline.documents.find({ model }).limit(2).toArray();
      const [contested] = load.reposted;
      await pipeline.documents.updateOne({ _id: first!._id }, { $set: { tags: ['changed'] } });
      await pipeline.documents.deleteOne({ _id: second!._id });
      await sleep(500);
      await pipeline.documents.updateOne({ _id: contested! }, { $set: { acceptedAt: new Date(0) } });
      await sleep(500);
    });
    expect({ lost: lost.length, wentBack: wentBack.length }).toEqual({ lost: 1, wentBack: 1 });
    expect(wrong.length).toBeGreaterThan(0);
  });
});
