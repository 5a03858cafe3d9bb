import { setImmediate as turn } from 'node:timers/promises';
import type { InvalidJson } from '@libs/contracts';
import { submissionBody } from '@libs/contracts/testing';
import { BrokerUnavailable, IngestMetadata, PublishRefused, PublishTimeout } from '@libs/domain';
import { FixedClock, ManualEventPublisher } from '@libs/domain/testing';
import type { NestLogger } from '@libs/platform';
import { Caller } from '../access/caller';
import { KeyQuotas } from '../access/rate-limits';
import { TOO_LARGE } from '../http/body/record-splitter';
import { ProblemFilter } from '../http/problems/problem.filter';
import type { BatchResult } from './batch-result';
import { BatchIngest } from './batch-ingest';

const NOW = new Date('2026-11-21T05:40:00.250Z');

const record = (index: number, changes: object = {}): Buffer =>
  Buffer.from(JSON.stringify(submissionBody({ eventId: undefined, model: `m${index}`, ...changes })));
const statuses = (results: readonly BatchResult[]): number[] => results.map(({ status }) => status);

describe(BatchIngest.name, () => {
  let publisher: ManualEventPublisher;
  let batch: BatchIngest;

  let unforeseen: [requestId: string, message: string][];
  const logger = {
    pino: {
      error: ({ requestId, err }: { requestId: string; err: Error }) =>
        unforeseen.push([requestId, err.message]),
    },
  };
  const problems = new ProblemFilter(logger as unknown as NestLogger);

  const open = (caller = Caller.anybody): BatchIngest => {
    publisher = new ManualEventPublisher();
    unforeseen = [];
    const clock = new FixedClock(NOW);
    batch = new BatchIngest(
      { ingest: new IngestMetadata(publisher, clock), clock, problems },
      { requestId: 'r1', caller, context: {} },
    );
    return batch;
  };

  beforeEach(() => open());

  /** Takes the records one after the other, as a reader does, while Kafka answers nothing. */
  async function takeUntilItWaits(
    records: Iterable<Buffer>,
  ): Promise<{ taken: () => number; done: Promise<void> }> {
    let taken = 0;
    const done = (async (): Promise<void> => {
      for (const one of records) {
        await batch.take(one);
        taken += 1;
      }
    })();
    await turn();
    await turn();
    return { taken: () => taken, done };
  }

  const faultOf = (one: Buffer): Promise<Error> =>
    batch.take(one).then(
      () => new Error('it was taken'),
      (error: unknown) => error as Error,
    );

  it('answers each record for itself, in order, whichever Kafka acknowledged first', async () => {
    for (const one of [
      record(0),
      record(1, { model: '' }),
      record(2),
      Buffer.from('7'),
      TOO_LARGE,
    ] as const) {
      await batch.take(one);
    }
    for (const { acknowledge } of [...publisher.waiting].reverse()) acknowledge();
    const results = await batch.finish();
    expect(results).toMatchObject([
      { index: 0, status: 202, topic: 'gpu-metadata', offset: 1, acceptedAt: NOW.toISOString() },
      {
        index: 1,
        status: 422,
        code: 'invalid_metadata',
        errors: [{ pointer: '/model', code: 'out_of_range' }],
      },
      { index: 2, status: 202, offset: 0 },
      { index: 3, status: 422, errors: [{ pointer: '', code: 'wrong_type' }] },
      { index: 4, status: 413, code: 'body_too_large' },
    ]);
  });

  it('is not over before Kafka has answered for every record', async () => {
    await batch.take(record(0));
    let isOver = false;
    const over = batch.finish().then(() => (isOver = true));
    await turn();
    expect(isOver).toBe(false);
    publisher.waiting[0]!.acknowledge();
    await over;
  });

  it.each([
    ['32 records', 0, 32],
    ['512 KiB', 100_000, 5],
  ])('reads on only while fewer than %s of it wait for Kafka', async (_name, padding, most) => {
    const attributes = Object.fromEntries(
      Array.from({ length: 64 }, (_, at) => [`a${at}`, 'x'.repeat(Math.min(padding / 64, 1024))]),
    );
    const body = (index: number): Buffer =>
      padding > 0
        ? Buffer.concat([
            record(index, { attributes }),
            Buffer.alloc(padding - record(index, { attributes }).length, ' '),
          ])
        : record(index);
    const { taken, done } = await takeUntilItWaits(Array.from({ length: 100 }, (_, index) => body(index)));
    expect([taken(), publisher.waiting.length]).toEqual([most, most]);
    publisher.waiting[0]!.acknowledge();
    await turn();
    expect([taken(), publisher.waiting.length]).toEqual([most + 1, most]);
    publisher.answersAtOnce = true;
    for (const { acknowledge } of [...publisher.waiting]) acknowledge();
    await done;
    expect(new Set(statuses(await batch.finish()))).toEqual(new Set([202]));
  });

  it('waits for its own records where the queue is full, and refuses none of them', async () => {
    publisher.room = 3;
    const { done } = await takeUntilItWaits(Array.from({ length: 20 }, (_, index) => record(index)));
    while (publisher.published.length < 20) {
      publisher.waiting[0]!.acknowledge();
      await turn();
      await turn();
    }
    await done;
    expect(statuses(await batch.finish())).toEqual(Array.from({ length: 20 }, () => 202));
  });

  it('refuses records where others fill the queue, says when to come back, and goes on once there is room', async () => {
    publisher.room = 0;
    for (const index of [0, 1]) await batch.take(record(index));
    await turn();
    publisher.room = 1;
    publisher.answersAtOnce = true;
    await batch.take(record(2));
    expect(await batch.finish()).toMatchObject([
      { status: 503, code: 'queue_full', retryAfter: 1 },
      { status: 503, code: 'queue_full', retryAfter: 1 },
      { status: 202 },
    ]);
  });

  it.each([new PublishTimeout(5_000), new BrokerUnavailable()])(
    'tries no further record once Kafka failed with $code, and still tells what is wrong with each',
    async (error) => {
      await batch.take(record(0));
      publisher.waiting[0]!.fail(error);
      await turn();
      for (const one of [record(1), record(2, { model: '' }), record(3)]) await batch.take(one);
      expect(publisher.waiting).toEqual([]);
      expect(await batch.finish()).toMatchObject([
        { status: 503, code: error.code },
        { status: 503, code: error.code },
        { status: 422 },
        { status: 503, code: error.code },
      ]);
    },
  );

  it('goes on after a record that its topic refuses alone, and not where it refuses every record', async () => {
    const refused = (code: PublishRefused['code']): PublishRefused =>
      new PublishRefused(code, { topic: 't', kafkaError: 'E' }, 'refused');
    await batch.take(record(0));
    publisher.waiting[0]!.fail(refused('record_too_large_for_topic'));
    await turn();
    await batch.take(record(1));
    publisher.waiting.at(-1)!.fail(refused('topic_not_authorized'));
    await turn();
    await batch.take(record(2));
    expect(await batch.finish()).toMatchObject([
      { status: 413, code: 'record_too_large_for_topic' },
      { status: 500, code: 'topic_not_authorized' },
      { status: 500, code: 'topic_not_authorized' },
    ]);
    expect(publisher.waiting).toEqual([]);
  });

  it('refuses a record that is not UTF-8, and one of 17 levels, and goes on', async () => {
    publisher.answersAtOnce = true;
    for (const one of [
      record(0),
      Buffer.from([0x22, 0xff, 0x22]),
      Buffer.from('['.repeat(17) + ']'.repeat(17)),
      record(3),
    ]) {
      await batch.take(one);
    }
    expect(await batch.finish()).toMatchObject([
      { index: 0, status: 202 },
      { index: 1, status: 400, code: 'invalid_encoding' },
      { index: 2, status: 400, code: 'nesting_too_deep' },
      { index: 3, status: 202 },
    ]);
  });

  it('goes on behind a record that is no JSON where that is refused alone', async () => {
    publisher.answersAtOnce = true;
    await batch.take(record(0));
    batch.refuse((await faultOf(Buffer.from('{"a":}'))) as InvalidJson);
    await batch.take(record(2));
    expect(await batch.finish()).toMatchObject([
      { status: 202 },
      { index: 1, status: 400, code: 'invalid_json' },
      { status: 202 },
    ]);
  });

  it('ends at a record that is no JSON otherwise: what is before it stands', async () => {
    publisher.answersAtOnce = true;
    await batch.take(record(0));
    expect(await batch.finish(await faultOf(Buffer.from('{"a":}')))).toMatchObject([
      { index: 0, status: 202 },
      { index: 1, status: 400, code: 'invalid_json' },
    ]);
  });

  it('has an error that nobody foresaw in the result of its record alone', async () => {
    await batch.take(record(0));
    await batch.take(record(1));
    publisher.waiting[0]!.fail(new TypeError('a secret'));
    publisher.waiting[0]!.acknowledge();
    expect(await batch.finish()).toMatchObject([
      { index: 0, status: 500, code: 'internal_error', detail: 'the request could not be processed' },
      { index: 1, status: 202 },
    ]);
    expect(unforeseen).toEqual([['r1', 'a secret']]);
  });

  it('ends at record 1,001', async () => {
    publisher.answersAtOnce = true;
    for (let index = 0; index < 1_000; index++) await batch.take(record(index));
    const fault = await faultOf(record(1_000));
    const results = await batch.finish(fault);
    expect(results).toHaveLength(1_001);
    expect(results.at(-1)).toMatchObject({ index: 1_000, status: 413, code: 'batch_too_long' });
    expect(publisher.published).toHaveLength(1_000);
  });

  it('without records is refused', async () => {
    await expect(batch.finish()).rejects.toMatchObject({
      violations: [{ pointer: '', code: 'out_of_range' }],
    });
  });

  it('spends the quota record by record, and refuses the rest unread', async () => {
    const quotas = new KeyQuotas(1_000);
    const caller = new Caller({ id: 'colab', quotaPerMinute: 3, scopes: ['ingest'] }, quotas);
    await caller.spend(1);
    open(caller);
    publisher.answersAtOnce = true;
    for (const one of [record(0), record(1), record(2), record(3), Buffer.from('not even JSON')])
      await batch.take(one);
    const refused = { status: 429, code: 'rate_limited', retryAfter: expect.any(Number) };
    expect(await batch.finish()).toMatchObject([
      { status: 202 },
      { status: 202 },
      { status: 202 },
      refused,
      refused,
    ]);
  });

  it('lists 10 faults of a record and counts the rest, and 2,000 of a batch', async () => {
    const faulty = record(0, { embedding: Array.from({ length: 150 }, () => null) });
    for (let index = 0; index < 250; index++) await batch.take(faulty);
    const results = (await batch.finish()) as (BatchResult & { errors: unknown[]; errorsOmitted: number })[];
    expect(results[0]).toMatchObject({ errorsOmitted: 140 });
    expect(results[0]!.errors).toHaveLength(10);
    expect(results[249]).toMatchObject({ errors: [], errorsOmitted: 150 });
    expect(results.flatMap(({ errors }) => errors)).toHaveLength(2_000);
  });
});
