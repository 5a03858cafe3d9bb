import { mongo } from 'mongoose';
import { writeFaultsOf } from './bulk-write';

interface Fault {
  readonly index: number;
  readonly code: number;
  readonly errmsg?: string;
}

/** What the driver throws: `writeErrors` are the operations refused, `concern` says that no majority acknowledged. */
function bulkError(
  code: number | undefined,
  writeErrors: Fault | readonly Fault[],
  concern?: object,
): unknown {
  const result = { getWriteConcernError: () => concern } as unknown as mongo.BulkWriteResult;
  return new mongo.MongoBulkWriteError({ message: 'bulk', code, writeErrors } as never, result);
}

describe(writeFaultsOf.name, () => {
  it.each([
    [11000, 'conflict'],
    [121, 'rejected'],
    [2, 'rejected'],
    [10334, 'rejected'],
    [11600, 'transient'],
    [10107, 'transient'],
    [13, 'transient'],
    [8000, 'transient'],
    [1, 'transient'],
  ])('takes code %d of one operation for a fault of the kind %s', (code, kind) => {
    const faults = writeFaultsOf(bulkError(code, [{ index: 3, code, errmsg: 'why' }]));
    expect(faults).toEqual([{ index: 3, kind, message: 'why' }]);
  });

  it('names each operation that failed, whatever the code of the whole says', () => {
    const refused = [
      { index: 0, code: 11000 },
      { index: 7, code: 121, errmsg: 'no' },
    ];
    expect(writeFaultsOf(bulkError(11000, refused))).toEqual([
      { index: 0, kind: 'conflict', message: 'code 11000' },
      { index: 7, kind: 'rejected', message: 'no' },
    ]);
  });

  it('reads a single write error that is not in a list', () => {
    expect(writeFaultsOf(bulkError(11000, { index: 1, code: 11000, errmsg: 'x' }))).toHaveLength(1);
  });

  it.each([
    ['a bulk that failed as a whole', bulkError(undefined, [])],
    ['a bulk that failed as a whole, though its code is that of a conflict', bulkError(11000, [])],
    [
      'conflicts without the acknowledgement of a majority',
      bulkError(11000, [{ index: 0, code: 11000 }], { code: 64 }),
    ],
    ['a network error', new mongo.MongoNetworkError('reset')],
    ['a lone server error', new mongo.MongoServerError({ message: 'E11000', code: 11000 })],
    ['anything else', new TypeError('bug')],
  ])('explains nothing about %s', (_, error) => {
    expect(writeFaultsOf(error)).toBeUndefined();
  });
});
