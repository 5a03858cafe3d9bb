import pino from 'pino';
import { ExpectedOffsets } from './expected-offsets';

type AdminClient = ConstructorParameters<typeof ExpectedOffsets>[0];

describe(ExpectedOffsets.name, () => {
  let committed: Record<number, string>;
  let warnings: number;
  let offsets: ExpectedOffsets;

  const admin: AdminClient = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    fetchOffsets: () => {
      const partitions = Object.entries(committed).map(([partition, offset]) => ({
        partition: Number(partition),
        offset,
        metadata: null,
      }));
      return Promise.resolve([{ topic: 't', partitions }]);
    },
  };
  const jumpTo = async (offset: bigint, partition = 0): Promise<string | undefined> => {
    const jump = await offsets.jumpTo('t', partition, offset);
    return jump && `${jump.groupId} ${jump.topic}/${jump.partition}: ${jump.from} to ${jump.to}`;
  };

  beforeEach(async () => {
    committed = { 0: '5', 1: '-1' };
    warnings = 0;
    const log = pino({ level: 'warn' }, { write: () => warnings++ });
    offsets = new ExpectedOffsets(admin, 'g', log);
    await offsets.start(['t']);
  });

  it('knows a jump from where the group had come to, in either direction', async () => {
    expect(await Promise.all([5n, 7n, 0n].map((offset) => jumpTo(offset)))).toEqual([
      undefined,
      'g t/0: 5 to 7',
      'g t/0: 5 to 0',
    ]);
  });

  it('takes the first offset of a partition without a committed one for none', async () => {
    expect(await jumpTo(3n, 1)).toBeUndefined();
  });

  it('follows what is resolved', async () => {
    offsets.advance('t', 0, 9n);
    expect(await Promise.all([9n, 5n].map((offset) => jumpTo(offset)))).toEqual([undefined, 'g t/0: 9 to 5']);
  });

  it('goes on after a join where others have come to', async () => {
    committed = { 0: '12', 1: '4' };
    offsets.joined(['t']);
    expect([await jumpTo(12n), await jumpTo(4n, 1)]).toEqual([undefined, undefined]);
  });

  it('forgets what the group has committed no more', async () => {
    committed = { 0: '-1' };
    offsets.joined(['t']);
    expect(await jumpTo(0n)).toBeUndefined();
  });

  it('knows better than the "beginning" that kafkajs commits for a jump', async () => {
    committed = { 0: '-2', 2: '-2' };
    offsets.joined(['t']);
    expect([await jumpTo(5n), await jumpTo(0n), await jumpTo(0n, 2)]).toEqual([
      undefined,
      'g t/0: 5 to 0',
      'g t/2: -2 to 0',
    ]);
  });

  it('says so, and goes on with what it knows, when Kafka does not tell after a join', async () => {
    const fetchOffsets = admin.fetchOffsets;
    admin.fetchOffsets = () => Promise.reject(new Error('no coordinator'));
    offsets.joined(['t']);
    expect([await jumpTo(5n), await jumpTo(8n), warnings]).toEqual([undefined, 'g t/0: 5 to 8', 1]);
    admin.fetchOffsets = fetchOffsets;
  });
});
