import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { PublishQueueFull, PublishTimeout, type StreamPosition } from '@libs/domain';
import { PublishQueue } from './publish-queue';
import { ByteBudget } from '../../byte-budget';

const KIB = 1024;
const IN_FLIGHT = 16;

interface Sent {
  readonly messages: readonly string[];
  readonly acknowledge: () => void;
  readonly answer: (outcomes: readonly (StreamPosition | Error)[]) => void;
  readonly fail: (error: Error) => void;
}

/** A broker that answers only when the test says so; each message is acknowledged at the offset in its name. */
class ManualBroker {
  readonly sends: Sent[] = [];
  private answersAtOnce = false;

  readonly send = (messages: readonly string[]): Promise<readonly (StreamPosition | Error)[]> =>
    new Promise((resolve, reject) => {
      const acknowledge = (): void => {
        resolve(messages.map(positionOf));
      };
      this.sends.push({ messages, acknowledge, answer: resolve, fail: reject });
      if (this.answersAtOnce) acknowledge();
    });

  /** From here on every send is acknowledged. */
  answerAll(): void {
    this.answersAtOnce = true;
    for (const { acknowledge } of this.sends) acknowledge();
  }

  get batchSizes(): number[] {
    return this.sends.map(({ messages }) => messages.length);
  }
}

function positionOf(message: string): StreamPosition {
  return { topic: 'gpu-metadata', partition: 0, offset: BigInt(message.slice(1)) };
}

const opened: ManualBroker[] = [];

function setUp({
  queueBytes = 64 * KIB * KIB,
  timeoutMs = 5_000,
  budget = new ByteBudget(queueBytes),
}: { queueBytes?: number; timeoutMs?: number; budget?: ByteBudget } = {}): {
  broker: ManualBroker;
  queue: PublishQueue<string>;
  submit: (count: number, bytes?: number) => Promise<StreamPosition>[];
  put: (count: number, bytes?: number) => void;
} {
  const broker = new ManualBroker();
  opened.push(broker);
  const queue = new PublishQueue(broker.send, { timeoutMs }, budget);
  let next = 0;
  const submit = (count: number, bytes = KIB): Promise<StreamPosition>[] =>
    Array.from({ length: count }, () => queue.submit(`m${next++}`, bytes));
  /** Submits where the test does not look at the answers. */
  const put = (count: number, bytes?: number): void => {
    void Promise.allSettled(submit(count, bytes));
  };
  return { broker, queue, submit, put };
}

describe(PublishQueue.name, () => {
  afterEach(() => {
    for (const broker of opened.splice(0)) broker.answerAll();
  });

  it('sends a lone record at once', async () => {
    const { broker, submit } = setUp();
    const [position] = submit(1);
    await turn();
    expect(broker.batchSizes).toEqual([1]);
    broker.sends[0]!.acknowledge();
    expect(await position).toEqual(positionOf('m0'));
  });

  it('sends what arrives in one turn of the loop as one batch', async () => {
    const { broker, put } = setUp();
    put(10);
    await turn();
    expect(broker.batchSizes).toEqual([10]);
  });

  it('keeps at most 16 sends under way and gathers what arrives meanwhile', async () => {
    const { broker, put } = setUp();
    for (let index = 0; index < IN_FLIGHT; index++) {
      put(1);
      await turn();
    }
    put(40);
    await turn();
    expect(broker.sends).toHaveLength(IN_FLIGHT);
    broker.sends[3]!.acknowledge();
    await turn();
    await turn();
    expect(broker.batchSizes.slice(IN_FLIGHT)).toEqual([40]);
  });

  it('caps a batch at 64 records', async () => {
    const { broker, put } = setUp();
    put(150);
    await turn();
    expect(broker.batchSizes).toEqual([64, 64, 22]);
  });

  it('caps a batch at 512 KiB, and sends a larger record by itself', async () => {
    const { broker, queue, put } = setUp();
    put(5, 200 * KIB);
    put(1, 900 * KIB);
    put(1, KIB);
    await turn();
    expect(broker.batchSizes).toEqual([2, 2, 1, 1, 1]);
    expect(queue.bytes).toBe(1901 * KIB);
  });

  it('answers each caller with the position of its own record', async () => {
    const { broker, submit } = setUp();
    const positions = submit(100);
    await turn();
    for (const { acknowledge } of [...broker.sends].reverse()) acknowledge();
    expect((await Promise.all(positions)).map(({ offset }) => Number(offset))).toEqual(
      Array.from({ length: 100 }, (_, index) => index),
    );
  });

  it('rejects the caller whose record was refused, and accepts its neighbours', async () => {
    const { broker, queue, submit } = setUp();
    const outcomes = Promise.allSettled(submit(3));
    await turn();
    broker.sends[0]!.answer([positionOf('m0'), new Error('too large'), positionOf('m2')]);
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await turn();
    expect(queue.bytes).toBe(0);
  });

  it('rejects every caller of a batch that failed, and nobody else', async () => {
    const { broker, queue, submit } = setUp();
    const failing = submit(64);
    const fine = submit(2);
    await turn();
    broker.sends[0]!.fail(new Error('no leader'));
    broker.sends[1]!.acknowledge();
    const outcomes = await Promise.allSettled(failing);
    expect(outcomes).toHaveLength(64);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { message: 'no leader' } });
    expect(await Promise.all(fine)).toHaveLength(2);
    expect(queue.bytes).toBe(0);
  });

  it('refuses what would take it past its bytes, and takes it once there is room', async () => {
    const { broker, queue, put, submit } = setUp({ queueBytes: 10 * KIB });
    const [first] = submit(1, 6 * KIB);
    await expect(submit(1, 5 * KIB)[0]).rejects.toThrow(PublishQueueFull);
    const [second] = submit(1, 4 * KIB);
    expect(queue.bytes).toBe(10 * KIB);
    await turn();
    broker.sends[0]!.acknowledge();
    await Promise.all([first, second]);
    await turn();
    expect(queue.bytes).toBe(0);
    put(1, 10 * KIB);
    expect(queue.bytes).toBe(10 * KIB);
  });

  it('shares its room with other queues, and drains without them', async () => {
    const budget = new ByteBudget(10 * KIB);
    const [one, other] = [setUp({ budget }), setUp({ budget })];
    const [first] = one.submit(1, 6 * KIB);
    expect([budget.hasRoom(4 * KIB), budget.hasRoom(5 * KIB)]).toEqual([true, false]);
    await expect(other.submit(1, 5 * KIB)[0]).rejects.toThrow(PublishQueueFull);
    await other.queue.drain();
    await turn();
    one.broker.sends[0]!.acknowledge();
    await first;
    await turn();
    expect([budget.bytes, one.queue.bytes]).toEqual([0, 0]);
    other.put(1, 10 * KIB);
    expect(budget.bytes).toBe(10 * KIB);
  });

  it('tells a caller in time that no acknowledgement came, and holds the bytes until the send ends', async () => {
    const { broker, queue, submit } = setUp({ timeoutMs: 20 });
    await expect(submit(1)[0]).rejects.toThrow(PublishTimeout);
    expect(queue.bytes).toBe(KIB);
    broker.sends[0]!.acknowledge();
    await turn();
    expect(queue.bytes).toBe(0);
  });

  it('drops a record that expired before it was sent, and makes room at once', async () => {
    const { broker, queue, submit } = setUp({ timeoutMs: 50 });
    const underWay: Promise<unknown>[] = [];
    for (let index = 0; index < IN_FLIGHT; index++) {
      underWay.push(...submit(1));
      await turn();
    }
    const outcomes = Promise.allSettled([...underWay, ...submit(30)]);
    expect(queue.bytes).toBe((IN_FLIGHT + 30) * KIB);
    expect((await outcomes).every(({ status }) => status === 'rejected')).toBe(true);
    await sleep(10);
    expect(queue.bytes).toBe(IN_FLIGHT * KIB);
    for (const { acknowledge } of broker.sends) acknowledge();
    await sleep(10);
    expect(broker.sends).toHaveLength(IN_FLIGHT);
    expect(queue.bytes).toBe(0);
  });

  it('goes on after a timeout', async () => {
    const { broker, submit } = setUp({ timeoutMs: 20 });
    await expect(submit(1)[0]).rejects.toThrow(PublishTimeout);
    const [later] = submit(1);
    await turn();
    broker.sends[1]!.acknowledge();
    expect(await later).toEqual(positionOf('m1'));
  });

  describe('draining', () => {
    it('is over at once where nothing waits', async () => {
      await setUp().queue.drain();
    });

    it('waits for the last acknowledgement', async () => {
      const { broker, queue, submit } = setUp();
      const positions = submit(70);
      let isDrained = false;
      const drained = queue.drain().then(() => (isDrained = true));
      await turn();
      broker.sends[0]!.acknowledge();
      await turn();
      expect(isDrained).toBe(false);
      broker.sends[1]!.acknowledge();
      await drained;
      expect(await Promise.all(positions)).toHaveLength(70);
    });

    it('ends after a batch that failed', async () => {
      const { broker, queue, submit } = setUp();
      const outcome = Promise.allSettled(submit(1));
      await turn();
      const drained = queue.drain();
      broker.sends[0]!.fail(new Error('gone'));
      await drained;
      expect(await outcome).toMatchObject([{ status: 'rejected' }]);
    });
  });
});
