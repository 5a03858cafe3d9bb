import { join } from 'node:path';
import { connectProgram } from '../programs/connect-program';
import { fastDatabaseProgram } from '../programs/fast-database-program';
import { bareSink } from '../sink/bare-sink';
import { connectSink } from '../sink/connect-sink';
import { FastDatabase } from '../sink/fast-database';
import type { Sink } from '../sink/sink';
import { SinkRecords } from '../sink/sink-records';
import { sinkRound, type SinkLoad } from '../sink/sink-round';
import { SinkTopic } from '../sink/sink-topic';
import { workerSink } from '../sink/worker-sink';
import { alternate, type Contestant } from './alternate';
import type { Scenario, Workshop } from './scenario';

const name = 'sink';
const dimension = 2_048;
const measured = 20_000;
/** Stored before the measuring begins: a Java and a Node alike are slow until they are warm. */
const warmUp = 10_000;

/** From the topic into the database: the worker beside Kafka Connect, and the limit of what the database takes. */
export const sinkScenario: Scenario = {
  names: [name],
  run: async (workshop) => {
    const { settings, progress, kafkaBrokers } = workshop;
    const connect = await connectProgram(settings, progress);
    const database = await fastDatabaseProgram(settings, progress);
    const records = new SinkRecords(warmUp + measured, dimension);
    const topic = await progress.step(`publishing ${records.count} records`, () =>
      SinkTopic.fill(kafkaBrokers, records),
    );
    const load: SinkLoad = { records, topic, warmUp };
    const rounds = new Rounds(workshop, database, load);
    const sinks = [connectSink(connect, settings), workerSink, bareSink({ count: records.count, dimension })];
    const contestants = await alternate(
      sinks.map((sink): Contestant => ({ name: sink.name, round: () => rounds.run(sink) })),
      workshop,
    );
    const title = `topic → database, ${measured} records of ${dimension} floats`;
    return [{ scenario: name, title, contestants }];
  },
};

/** Each round with a database and a group of its own. */
class Rounds {
  private number = 0;

  constructor(
    private readonly workshop: Workshop,
    private readonly executable: string,
    private readonly load: SinkLoad,
  ) {}

  async run(sink: Sink): ReturnType<typeof sinkRound> {
    const { kafkaBrokers, settings } = this.workshop;
    const groupId = `bench-sink-${++this.number}`;
    const database = await FastDatabase.start(this.executable, join(settings.stackDir, 'fast-database'));
    try {
      const { uri: mongodbUri, program: databaseProgram } = database;
      const order = { kafkaBrokers, groupId, mongodbUri, database: 'ca4', databaseProgram };
      return await sinkRound(sink, order, this.load);
    } finally {
      await database.stop();
    }
  }
}
