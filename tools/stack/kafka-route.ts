import { TunnelFile, type TunnelRecord } from '../tunnel/tunnel-file';
import { Part } from './part';
import { stackAddresses } from './stack-addresses';
import { StackError } from './stack-error';
import type { KafkaRouteName, StackSettings } from './stack-settings';

/** Which Kafka the API alone writes to, and how it gets there. */
export interface KafkaRoute {
  readonly name: KafkaRouteName;
  readonly brokers: string;
  /** As in KAFKA_BROKER_MAP; undefined where the brokers are reached as they advertise themselves. */
  readonly brokerMap?: string;
}

const startOne =
  'Start one first: make stack-up (Kafka, the database and S3 on this machine) or make tunnel (Kafka of the cluster; ' +
  'leave it running in a terminal of its own), or name one: KAFKA_BROKERS=host:port make run-local-processor';

/** The Kafka to use: the caller's own, else that of a tunnel that runs, else the stack's. @throws StackError when there is none */
export function chooseKafkaRoute(settings: StackSettings): KafkaRoute {
  if (settings.externalKafkaBrokers !== undefined) return kafkaRoute('yours', settings);
  const tunnel = new TunnelFile(settings.stackDir).running();
  const hasStack = new Part('kafka', settings.stackDir).pid() !== undefined;
  switch (settings.processorKafka) {
    case 'tunnel':
      return throughTunnel(tunnel, settings);
    case 'stack':
      if (hasStack) return kafkaRoute('stack', settings);
      throw new StackError("The stack's Kafka does not run.", 'Start it first: make stack-up');
    case undefined:
      if (tunnel !== undefined) return throughTunnel(tunnel, settings);
      if (hasStack) return kafkaRoute('stack', settings);
      throw new StackError(
        `There is no Kafka to write to: in ${settings.stackDir} neither a tunnel nor the stack runs.`,
        startOne,
      );
  }
}

/** The same by its name, whether it can be used now or not. */
export function kafkaRoute(name: KafkaRouteName, settings: StackSettings): KafkaRoute {
  switch (name) {
    case 'yours':
      return { name, brokers: settings.externalKafkaBrokers ?? '' };
    case 'stack':
      return { name, brokers: stackAddresses(settings).kafkaBrokers };
    case 'tunnel': {
      const brokers = new TunnelFile(settings.stackDir).latest()?.kafka?.brokers ?? {};
      return {
        name,
        // By the names they advertise: the map leads there, and a certificate is checked against them.
        brokers: Object.keys(brokers).join(','),
        brokerMap: Object.entries(brokers)
          .map(([advertised, near]) => `${advertised}=${near}`)
          .join(','),
      };
    }
  }
}

function throughTunnel(tunnel: TunnelRecord | undefined, settings: StackSettings): KafkaRoute {
  if (tunnel === undefined) {
    throw new StackError(
      `No tunnel runs in ${settings.stackDir}.`,
      'Start one first and leave it running: make tunnel',
    );
  }
  if (tunnel.kafka?.isUp !== true) {
    throw new StackError(
      `A tunnel to ${tunnel.bastion} runs (pid ${tunnel.supervisor.pid}), but no Kafka answers through it.`,
      'Look at its status lines, where it runs; PROCESSOR_KAFKA=stack uses the Kafka of make stack-up instead.',
    );
  }
  refuseTopicCreation(settings.env);
  return kafkaRoute('tunnel', settings);
}

function refuseTopicCreation({ KAFKA_TOPIC_CREATE }: Readonly<NodeJS.ProcessEnv>): void {
  if (KAFKA_TOPIC_CREATE !== 'true') return;
  throw new StackError(
    'KAFKA_TOPIC_CREATE is true: the API would make topics in the cluster behind the tunnel.',
    'Unset it: a cluster declares its topics itself.',
  );
}
