import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { GPU_METADATA_TOPIC } from '@libs/contracts';
import { freePort } from '../../../tools/stack/port-holder';
import type { StackSettings } from '../../../tools/stack/stack-settings';
import { ChildProgram } from '@libs/testing/child-program';
import type { ConnectProgram } from '../programs/connect-program';
import type { Sink, SinkOrder } from './sink';

type Properties = Readonly<Record<string, string | number | boolean>>;

const mongoKafka = 'com.mongodb.kafka.connect';
const kafkaLogging = resolve(__dirname, '../../../tools/stack/kafka');
/** Topic partitions divide evenly; one for each core of the smallest machine this is measured on. */
const tasks = 2;

/** The heap of Kafka's own connect-standalone script, there from the start, and the collector that was fastest. */
const javaOptions = [
  '-Xms2G',
  '-Xmx2G',
  '-server',
  '-XX:+UseParallelGC',
  '-XX:MaxInlineLevel=15',
  '-Djava.awt.headless=true',
];

/** Kafka Connect with MongoDB's own connector, which replaces or inserts by `_id`, the eventId. */
export function connectSink({ java, jars, plugins }: ConnectProgram, { stackDir }: StackSettings): Sink {
  return {
    name: 'Kafka Connect, mongo-kafka',
    start: async (order) => {
      const folder = join(stackDir, 'connect', order.groupId);
      mkdirSync(folder, { recursive: true });
      const worker = {
        ...workerProperties(order, plugins),
        listeners: `http://127.0.0.1:${await freePort()}`,
      };
      writeFileSync(join(folder, 'worker.properties'), text(worker));
      writeFileSync(join(folder, 'sink.properties'), text(connectorProperties(order)));
      const classPath = [kafkaLogging, join(jars, '*')].join(delimiter);
      const main = 'org.apache.kafka.connect.cli.ConnectStandalone';
      const args = [...javaOptions, '-cp', classPath, main, 'worker.properties', 'sink.properties'];
      return new ChildProgram(spawn(java, args, { cwd: folder }));
    },
    embeddingOf: ({ embedding }) => Buffer.from((embedding as { data: string }).data, 'base64'),
  };
}

function workerProperties({ kafkaBrokers }: SinkOrder, plugins: string): Properties {
  return {
    'bootstrap.servers': kafkaBrokers,
    'plugin.path': plugins,
    'plugin.discovery': 'only_scan',
    'offset.storage.file.filename': 'offsets',
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': false,
    'consumer.max.poll.records': 500,
    'consumer.max.partition.fetch.bytes': 8 * 2 ** 20,
  };
}

function connectorProperties({ groupId, mongodbUri, database }: SinkOrder): Properties {
  return {
    name: groupId,
    'connector.class': `${mongoKafka}.MongoSinkConnector`,
    'tasks.max': tasks,
    topics: GPU_METADATA_TOPIC,
    'consumer.override.group.id': groupId,
    'connection.uri': mongodbUri,
    database,
    collection: 'gpu_metadata',
    transforms: 'id',
    'transforms.id.type': 'org.apache.kafka.connect.transforms.ReplaceField$Value',
    'transforms.id.renames': 'eventId:_id',
    'document.id.strategy': `${mongoKafka}.sink.processor.id.strategy.ProvidedInValueStrategy`,
    'writemodel.strategy': `${mongoKafka}.sink.writemodel.strategy.ReplaceOneDefaultStrategy`,
    'bulk.write.ordered': false,
  };
}

function text(properties: Properties): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
