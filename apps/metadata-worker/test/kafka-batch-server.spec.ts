import { createLogger } from '@libs/platform';
import { StoreUnavailable, type RawRecord } from '@libs/domain';
import { eventually } from '@libs/testing/app-process';
import { KafkaBatchServer } from '../src/adapters/kafka/kafka-batch-server';
import { BatchContext } from '../src/consumer/batch-transport';
import type { OffsetJump } from '../src/consumer/consumer-telemetry';
import { MetadataTopic } from '@libs/testing/metadata-topic';
import { appKafka, ownName } from '@libs/testing/test-stack';

const SESSION_TIMEOUT_MS = 6_000;

type Handler = (records: readonly RawRecord[], context: BatchContext) => Promise<void>;

describe(KafkaBatchServer.name, () => {
  let topic: MetadataTopic;
  let name: string;
  let groupId: string;
  const servers: KafkaBatchServer[] = [];
  const jumps: OffsetJump[] = [];

  function serve(handler: Handler, maxRecords = 200): KafkaBatchServer {
    const settings = { groupId, sessionTimeoutMs: SESSION_TIMEOUT_MS, maxRecords, maxBytes: 2 ** 20 };
    const server = new KafkaBatchServer(appKafka(), settings, {
      log: createLogger('test', 'silent'),
      jumped: (jump) => jumps.push(jump),
    });
    servers.push(server);
    server.addHandler(name, handler as never, true);
    server.listen(() => undefined);
    return server;
  }
  const records = (count: number): { value: string }[] =>
    Array.from({ length: count }, (_, at) => ({ value: String(at) }));
  const committed = async (): Promise<number[]> => [...(await topic.committed(groupId)).values()];
  const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    expect(await eventually(condition, 30_000)).toBe(true);
  };

  beforeEach(async () => {
    name = ownName('batches');
    groupId = ownName('batch-group');
    topic = await MetadataTopic.open(name);
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
    jumps.splice(0);
    await topic.close();
  });

  it('delivers in order, at most the set number at once, and commits no more than was settled', async () => {
    await topic.publish(0, records(7));
    const seen: string[][] = [];
    const commits: number[] = [];
    serve(async (batch) => {
      seen.push(batch.map(({ value }) => String(value)));
      // Whatever is committed too early has time to be, and what was settled before is committed by then.
      await new Promise((done) => setTimeout(done, 500));
      const settled = batch[0]!.position.offset;
      await eventually(async () => BigInt((await committed())[0]!) >= settled, 10_000);
      commits.push((await committed())[0]!);
    }, 3);
    await topic.settledBy(groupId);
    expect(seen).toEqual([['0', '1', '2'], ['3', '4', '5'], ['6']]);
    expect(commits).toEqual([-1, 3, 6]);
  });

  it('goes on with the other partitions while one is worked on, and keeps the order of each', async () => {
    await topic.publish(0, records(1));
    const release = Promise.withResolvers<undefined>();
    const seen: string[] = [];
    const server = serve(async (batch) => {
      for (const { position } of batch) seen.push(`${position.partition}:${position.offset}`);
      if (seen.length === 1) await release.promise;
    });
    await until(() => seen.length === 1);
    await topic.publish(1, records(1));
    await until(async () => (await committed())[1] === 1);
    await topic.publish(0, records(1));
    await topic.publish(1, records(1));
    await new Promise((passed) => setTimeout(passed, 1_000));
    expect(seen.filter((place) => place.startsWith('0'))).toEqual(['0:0']);
    expect((await committed())[0]).toBe(-1);
    release.resolve(undefined);
    await topic.settledBy(groupId);
    expect([...seen].sort()).toEqual(['0:0', '0:1', '1:0', '1:1']);
    expect(server.unhealthyReason).toBeUndefined();
  });

  it('has everything settled committed when it is stopped, while records keep coming', async () => {
    let settled = 0;
    const server = serve((batch) => {
      settled += batch.length;
      return Promise.resolve();
    }, 1);
    await until(() => server.unhealthyReason === undefined);
    for (let round = 0; round < 20; round++) await topic.publish(0, records(5));
    await until(() => settled > 20);
    await server.close();
    expect((await committed())[0]).toBe(settled);
  });

  it('delivers the same batch again after a retriable error, counting the tries', async () => {
    await topic.publish(0, records(2));
    const tries: [number, number][] = [];
    serve((batch, { attempt }) => {
      tries.push([batch.length, attempt]);
      return attempt < 3 ? Promise.reject(new StoreUnavailable()) : Promise.resolve();
    });
    await topic.settledBy(groupId);
    expect(tries).toEqual([
      [2, 1],
      [2, 2],
      [2, 3],
    ]);
  });

  it('commits nothing of a batch that is stopped between two tries, nor of those after it', async () => {
    await topic.publish(0, records(4));
    let tries = 0;
    const server = serve(() => {
      tries += 1;
      return Promise.reject(new StoreUnavailable());
    }, 2);
    await until(() => tries >= 2);
    await server.close();
    expect(await committed()).toEqual([-1, -1]);
  });

  it('commits the batch that is being worked on when it is stopped, and starts no other', async () => {
    await topic.publish(0, records(4));
    const release = Promise.withResolvers<undefined>();
    let begun = 0;
    const server = serve(() => {
      begun += 1;
      return release.promise;
    }, 2);
    await until(() => begun === 1);
    const closed = server.close();
    release.resolve(undefined);
    await closed;
    expect([begun, ...(await committed())]).toEqual([1, 2, -1]);
  });

  it('fails for good on a fault of ours and commits nothing', async () => {
    await topic.publish(0, records(3));
    const server = serve(() => Promise.reject(new TypeError('a bug')));
    expect((await server.failed).message).toContain('a bug');
    expect(server.unhealthyReason).toBe('not a member of the consumer group');
    expect(await committed()).toEqual([-1, -1]);
  });

  it('stays a member while a batch takes longer than the session', async () => {
    await topic.publish(0, records(1));
    let deliveries = 0;
    const server = serve(async () => {
      deliveries += 1;
      await new Promise((done) => setTimeout(done, SESSION_TIMEOUT_MS + 1_500));
    });
    await topic.settledBy(groupId);
    expect([deliveries, server.unhealthyReason]).toEqual([1, undefined]);
  });

  it('goes on with the other partitions while one waits, whatever comes behind what it waits with', async () => {
    await topic.publish(0, records(1));
    let isUp = false;
    const tries: string[] = [];
    const seen: string[] = [];
    serve((batch) => {
      const places = batch.map(({ position }) => `${position.partition}:${position.offset}`);
      tries.push(...places);
      if (batch[0]!.position.partition === 0 && !isUp) return Promise.reject(new StoreUnavailable());
      seen.push(...places);
      return Promise.resolve();
    });
    await until(() => tries.length > 1);
    for (let round = 1; round <= 3; round++) {
      await topic.publish(0, records(1));
      await topic.publish(1, records(1));
      await until(async () => (await committed())[1] === round);
    }
    expect((await committed())[0]).toBe(-1);
    isUp = true;
    await topic.settledBy(groupId);
    expect([...seen].sort()).toEqual(['0:0', '0:1', '0:2', '0:3', '1:0', '1:1', '1:2']);
  });

  it('goes on with the other partitions while the work on one takes long and the next of it has come', async () => {
    await topic.publish(0, records(1));
    const release = Promise.withResolvers<undefined>();
    const seen: string[] = [];
    serve(async (batch) => {
      if (batch[0]!.position.partition === 0) await release.promise;
      seen.push(...batch.map(({ position }) => `${position.partition}:${position.offset}`));
    });
    for (let round = 1; round <= 3; round++) {
      await topic.publish(0, records(1));
      await topic.publish(1, records(1));
      await until(async () => (await committed())[1] === round);
    }
    expect(seen).toEqual(['1:0', '1:1', '1:2']);
    release.resolve(undefined);
    await topic.settledBy(groupId);
    expect(seen.slice(3)).toEqual(['0:0', '0:1', '0:2', '0:3']);
  });

  it('passes nothing over when it tries again what transactions ended behind', async () => {
    const failed = new Set<string>();
    const seen: string[] = [];
    serve((batch) => {
      const places = batch.map(({ position }) => String(position.offset));
      if (failed.size < 8 && !places.every((place) => failed.has(place))) {
        for (const place of places) failed.add(place);
        return Promise.reject(new StoreUnavailable());
      }
      seen.push(...places);
      return Promise.resolve();
    }, 1);
    for (let round = 0; round < 8; round++) await topic.publishInTransactions(0, [records(1)]);
    await until(() => seen.length === 8);
    expect(seen).toEqual(['0', '2', '4', '6', '8', '10', '12', '14']);
    expect(jumps).toEqual([]);
  });

  it('tells which dependency a partition waits for, until it is settled', async () => {
    await topic.publish(0, records(1));
    let isUp = false;
    const server = serve(() => (isUp ? Promise.resolve() : Promise.reject(new StoreUnavailable())));
    await until(() => server.unhealthyReason === `${name}/0 waits: store_unavailable`);
    isUp = true;
    await until(() => server.unhealthyReason === undefined);
    await topic.settledBy(groupId);
  });

  it('tells of a jump when the records it would continue at are gone, and goes on with what is there', async () => {
    await topic.publish(0, records(3));
    const first = serve(() => Promise.resolve());
    await topic.settledBy(groupId);
    await first.close();
    expect(jumps).toEqual([]);
    await topic.publish(0, records(5));
    await topic.expire(0, 7);
    const seen: string[] = [];
    serve((batch) => {
      for (const { position } of batch) seen.push(String(position.offset));
      return Promise.resolve();
    });
    await topic.settledBy(groupId);
    expect(seen).toEqual(['7']);
    expect(jumps).toEqual([{ groupId, topic: name, partition: 0, from: 3n, to: 7n }]);
  });

  it('tells of a jump when the topic ends before the offset it would continue at', async () => {
    await topic.publish(0, records(2));
    await topic.place(groupId, new Map([[0, 9]]));
    serve(() => Promise.resolve());
    await topic.settledBy(groupId);
    expect(jumps).toEqual([{ groupId, topic: name, partition: 0, from: 9n, to: 0n }]);
  });

  it('takes no mark of a transaction for a jump', async () => {
    const seen: string[] = [];
    await topic.publishInTransactions(0, [records(2), records(2)]);
    serve((batch) => {
      for (const { position } of batch) seen.push(String(position.offset));
      return Promise.resolve();
    });
    await until(() => seen.length === 4);
    await topic.publishInTransactions(0, [records(1)]);
    await until(() => seen.length === 5);
    expect(seen).toEqual(['0', '1', '3', '4', '6']);
    expect(jumps).toEqual([]);
  });

  it('commits nothing of a batch in flight when another member joins: its new owner gets it again', async () => {
    await topic.publish(0, records(3));
    const release = Promise.withResolvers<undefined>();
    const deliveries: string[] = [];
    const committedBefore: number[] = [];
    const note: Handler = async (batch) => {
      if (deliveries.length > 0) committedBefore.push((await committed())[0]!);
      deliveries.push(batch.map(({ position }) => String(position.offset)).join());
      if (deliveries.length === 1) await release.promise;
    };
    const first = serve(note);
    await until(() => deliveries.length === 1);
    const other = serve(note);
    // It is a member once the first has joined again, and thereby given up what it holds.
    await until(() => other.unhealthyReason === undefined);
    release.resolve(undefined);
    await topic.settledBy(groupId);
    expect(deliveries).toEqual(['0,1,2', '0,1,2']);
    expect(committedBefore).toEqual([-1]);
    await until(() => first.unhealthyReason === undefined && other.unhealthyReason === undefined);
  });

  it('loses nothing when another member joins in the middle of a batch', async () => {
    for (const partition of [0, 1]) await topic.publish(partition, records(20));
    const seen = new Set<string>();
    const slowly: Handler = async (batch) => {
      await new Promise((done) => setTimeout(done, 150));
      for (const { position, value } of batch) seen.add(`${position.partition}:${String(value)}`);
    };
    serve(slowly, 2);
    await until(() => seen.size > 0);
    const other = serve(slowly, 2);
    await topic.settledBy(groupId);
    expect(seen.size).toBe(40);
    await until(() => other.unhealthyReason === undefined);
  });
});
