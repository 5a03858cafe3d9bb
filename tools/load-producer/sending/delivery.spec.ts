import { IndexSet } from '../index-set';
import { Tally } from '../tally';
import { Delivery } from './delivery';
import { Sender, type Attempt, type Verdict } from './sender';

const ok: Verdict = { kind: 'acknowledged', label: '202' };
const busy: Verdict = { kind: 'retriable', label: '503 queue_full', afterMs: 2_000 };
const wrong: Verdict = {
  kind: 'refused',
  label: '422 invalid_metadata',
  refusal: { code: 'wrong_type', pointer: '/embedding/17', message: 'must be a number' },
};

class ScriptedSender extends Sender {
  readonly attempts: (readonly number[])[] = [];

  constructor(private readonly script: (readonly Verdict[])[]) {
    super();
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  attempt(indices: readonly number[]): Promise<Attempt> {
    this.attempts.push(indices);
    return Promise.resolve({ verdicts: this.script.shift() ?? indices.map(() => busy), bytes: 10 });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

describe(Delivery.name, () => {
  const waits: number[] = [];
  const onHopeless = jest.fn();
  let tally: Tally;
  let cut: AbortController;

  beforeEach(() => {
    waits.length = 0;
    onHopeless.mockReset();
    tally = new Tally(new IndexSet());
    cut = new AbortController();
  });

  function delivery(sender: Sender, retryForMs = 60_000, onWait?: () => void): Delivery {
    const terms = { retryForMs, dueAtMs: () => performance.now(), cut: cut.signal, onHopeless };
    return new Delivery(sender, tally, terms, (ms) => {
      waits.push(ms);
      onWait?.();
      return Promise.resolve();
    });
  }

  it('sends again only what may be sent again, once the server has had its time', async () => {
    const sender = new ScriptedSender([[ok, busy, wrong, busy], [busy, ok], [ok]]);
    await delivery(sender).deliver([4, 5, 6, 7]);
    expect(sender.attempts).toEqual([[4, 5, 6, 7], [5, 7], [5]]);
    expect(waits.every((ms) => ms > 2_000)).toBe(true);
    expect([...(tally.kept?.indices() ?? [])]).toEqual([4, 5, 7]);
    expect(tally).toMatchObject({
      sent: 4,
      acknowledged: 3,
      refused: 1,
      failed: 0,
      retries: 3,
      requests: 3,
      bytes: 30,
    });
    expect(Object.fromEntries(tally.answers)).toEqual({
      '202': 3,
      '503 queue_full': 3,
      '422 invalid_metadata': 1,
    });
  });

  it('counts refusals by code and field, with an example', async () => {
    await delivery(new ScriptedSender([[wrong, wrong]])).deliver([8, 9]);
    expect([...tally.refusals.values()]).toEqual([
      {
        label: '422 invalid_metadata',
        code: 'wrong_type',
        pointer: '/embedding/*',
        message: 'must be a number',
        index: 8,
        count: 2,
      },
    ]);
  });

  it('gives up in time', async () => {
    const sender = new ScriptedSender([]);
    await delivery(sender, 1_000).deliver([1, 2]);
    expect(sender.attempts).toEqual([[1, 2]]);
    expect(tally).toMatchObject({ failed: 2, retries: 0 });
  });

  it('tries nothing more after the cut', async () => {
    const sender = new ScriptedSender([]);
    await delivery(sender, 60_000, () => {
      cut.abort();
    }).deliver([1]);
    expect(sender.attempts).toEqual([[1]]);
    expect(tally).toMatchObject({ failed: 1, retries: 0 });
  });

  it('tells of a refusal that would meet every record, but not once one was acknowledged', async () => {
    const refusal = { code: 'unauthorized', message: 'no key', concernsAll: true };
    const noKey: Verdict = { kind: 'refused', label: '401 unauthorized', refusal };
    await delivery(new ScriptedSender([[noKey]])).deliver([1]);
    expect(onHopeless).toHaveBeenCalledWith(refusal);
    onHopeless.mockReset();
    await delivery(new ScriptedSender([[ok, noKey]])).deliver([1, 2]);
    expect(onHopeless).not.toHaveBeenCalled();
  });
});
