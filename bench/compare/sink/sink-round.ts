import { mongo } from 'mongoose';
import { checkStored } from './check-stored';
import { migrate } from './migrate';
import type { Sink, SinkOrder } from './sink';
import type { SinkRecords } from './sink-records';
import type { SinkTopic } from './sink-topic';
import { watchStored, type StoredCollection } from './watch-stored';

/** What one round of a sink gave. */
export interface SinkRound {
  readonly recordsPerSecond: number;
  /** Processor time of the program for a record, in milliseconds. */
  readonly processorMs: number;
  /** Processor time of the database for a record, in milliseconds. */
  readonly databaseMs?: number;
  readonly peakRssMib: number;
}

/** The records of all rounds; the first `warmUp` of them are not measured. */
export interface SinkLoad {
  readonly records: SinkRecords;
  readonly topic: SinkTopic;
  readonly warmUp: number;
}

/**
 * Lets the sink store all records in an empty collection with the product's indexes, and measures from the moment a
 * partition is through its share of the warm-up until all are stored. A round that lost or changed anything is none.
 */
export async function sinkRound(sink: Sink, order: SinkOrder, load: SinkLoad): Promise<SinkRound> {
  const client = await mongo.MongoClient.connect(order.mongodbUri, { retryWrites: false });
  try {
    const database = client.db(order.database);
    await migrate(database);
    const collection: StoredCollection = database.collection('gpu_metadata');
    await load.topic.rewind(order.groupId);
    const program = await sink.start(order);
    try {
      const { databaseProgram } = order;
      const workers = { program, databaseProgram };
      const { records, seconds, processorMs, databaseMs } = await watchStored(collection, workers, {
        warm: load.topic.lastIdsOf(load.warmUp),
        last: load.topic.lastIdsOf(load.records.count),
        total: load.records.count,
      });
      const { peakRssMib } = program;
      await checkStored(collection, load.records, sink);
      return {
        recordsPerSecond: records / seconds,
        processorMs: processorMs / records,
        ...(databaseMs !== undefined && { databaseMs: databaseMs / records }),
        peakRssMib,
      };
    } catch (error) {
      throw new Error(`${sink.name}: ${String(error)}\n${program.output.slice(-4_000)}`, { cause: error });
    } finally {
      await program.stop();
    }
  } finally {
    await client.close();
  }
}
