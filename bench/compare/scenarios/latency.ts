import { join } from 'node:path';
import { mongo } from 'mongoose';
import { percentile } from '../../measuring/figures';
import { processorApi } from '../ingest/ingest-servers';
import { PacedPosts } from '../latency/paced-posts';
import { fastDatabaseProgram } from '../programs/fast-database-program';
import { FastDatabase } from '../sink/fast-database';
import { migrate } from '../sink/migrate';
import { SinkTopic } from '../sink/sink-topic';
import type { StoredCollection } from '../sink/watch-stored';
import { workerSink } from '../sink/worker-sink';
import type { Figures, Measured, Scenario, ScenarioResult, Workshop } from './scenario';

const name = 'latency';
const dimension = 2_048;
const recordsPerSecond = 200;

/** How long a record is on its way at an even pace, from its POST to the database. */
export const latencyScenario: Scenario = {
  names: [name],
  run: async (workshop) => {
    const { settings, progress } = workshop;
    const executable = await fastDatabaseProgram(settings, progress);
    const server = await FastDatabase.start(executable, join(settings.stackDir, 'fast-database'));
    try {
      return [await measureLatency(workshop, server.uri, 'ca4')];
    } finally {
      await server.stop();
    }
  },
};

/** The same on a server that runs, in an empty database. */
export async function measureLatency(
  workshop: Workshop,
  mongodbUri: string,
  database: string,
): Promise<ScenarioResult> {
  const { kafkaBrokers } = workshop;
  const client = await mongo.MongoClient.connect(mongodbUri, { retryWrites: false });
  try {
    await migrate(client.db(database));
    const groupId = 'bench-latency';
    // The API makes the topic when nobody did: it starts first.
    const api = await processorApi(kafkaBrokers);
    try {
      await (await SinkTopic.asItIs(kafkaBrokers)).rewind(groupId);
      const worker = await workerSink.start({ kafkaBrokers, groupId, mongodbUri, database });
      try {
        const documents: StoredCollection = client.db(database).collection('gpu_metadata');
        const posts = await PacedPosts.open({ port: api.port, path: api.path, dimension }, documents);
        const title = `POST → stored at ${recordsPerSecond} records/s, one packed record in a POST, ${dimension} floats`;
        const contestants = await rounds(posts, workshop);
        posts.close();
        return { scenario: name, title, contestants };
      } finally {
        await worker.stop();
      }
    } finally {
      await api.program.stop();
    }
  } finally {
    await client.close();
  }
}

async function rounds(posts: PacedPosts, workshop: Workshop): Promise<readonly Measured[]> {
  const answered: Figures[] = [];
  const stored: Figures[] = [];
  await posts.send({ recordsPerSecond, seconds: workshop.warmUpSeconds });
  for (let round = 1; round <= workshop.rounds; round++) {
    const times = await posts.send({ recordsPerSecond, seconds: workshop.seconds });
    const rate = times.answeredMs.length / times.seconds;
    answered.push(figuresOf(rate, times.answeredMs));
    stored.push(figuresOf(rate, times.storedMs));
    workshop.progress.note(`  round ${round}: stored after ${stored.at(-1)!.p50Ms!.toFixed(1)} ms (p50)`);
  }
  return [
    { name: 'POST → answered', rounds: answered },
    { name: 'POST → stored', rounds: stored },
  ];
}

function figuresOf(rate: number, timesMs: readonly number[]): Figures {
  return { recordsPerSecond: rate, p50Ms: percentile(timesMs, 0.5), p99Ms: percentile(timesMs, 0.99) };
}
