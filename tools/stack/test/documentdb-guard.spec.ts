import { join } from 'node:path';
import { mongo } from 'mongoose';
import { ownName } from '@libs/testing/test-stack';
import { stackAddresses } from '../stack-addresses';
import { lackingFeatures } from './documentdb-features';
import { openDocumentDbGuard } from './documentdb-guard';
import { runDirectory, runStackSettings } from './run-stack';

type Use = (collection: mongo.Collection) => Promise<unknown>;

describe(openDocumentDbGuard, () => {
  let notes: string;
  let client: mongo.MongoClient;

  beforeEach(async () => {
    notes = join(runDirectory(), ownName('guard-notes'));
    // Past the guard of the run, which this would make fail.
    const uri = new URL(stackAddresses(runStackSettings()).mongodbUri);
    uri.port = String(await openDocumentDbGuard({ host: uri.hostname, port: Number(uri.port) }, notes));
    client = await mongo.MongoClient.connect(uri.href, { retryWrites: false });
  });
  afterEach(() => client.close());

  // What the embedded database answers does not matter: it was asked.
  const lackingAfter = async (use: Use): Promise<string[]> => {
    await use(client.db(ownName('guard')).collection('any')).catch(() => undefined);
    return lackingFeatures(notes);
  };

  it.each<[string, string, Use]>([
    ['a command', 'command mapReduce', (any) => any.db.command({ mapReduce: 'any' })],
    ['a field of a command', 'field collation', (any) => any.findOne({}, { collation: { locale: 'en' } })],
    ['a stage', 'stage $facet', (any) => any.aggregate([{ $facet: { all: [] } }]).toArray()],
    [
      'an operator inside a stage',
      'operator $round',
      (any) => any.aggregate([{ $project: { a: { $add: [1, { $round: '$b' }] } } }]).toArray(),
    ],
    ['an operator of a query', 'operator $where', (any) => any.findOne({ $where: 'true' })],
    [
      'a filter of a bulk write',
      'operator $where',
      (any) => any.bulkWrite([{ deleteOne: { filter: { $where: 'true' } } }]),
    ],
    [
      'an update that computes',
      'operator $rand',
      (any) => any.updateOne({}, [{ $set: { a: { $rand: {} } } }]),
    ],
    ['an option of an index', 'index option hidden', (any) => any.createIndex({ a: 1 }, { hidden: true })],
    ['a type of index', 'index of type hashed', (any) => any.createIndex({ a: 'hashed' })],
  ])('notes %s that Amazon DocumentDB lacks', async (_, feature, use) => {
    expect(await lackingAfter(use)).toContain(feature);
  });

  it('takes what a document holds for data', async () => {
    const use: Use = (any) =>
      any.updateOne({ _id: 1 as never }, { $set: { a: { $facet: 1 } } }, { upsert: true });
    expect(await lackingAfter(use)).toEqual([]);
  });

  it('reads messages that come in many pieces', async () => {
    const wide = Array.from({ length: 40_000 }, (_, at) => ({ at, text: 'x'.repeat(20) }));
    const use: Use = async (any) => {
      await any.insertMany(wide);
      await any.findOne({ $where: 'true' });
    };
    expect(await lackingAfter(use)).toEqual(['operator $where']);
  });
});
