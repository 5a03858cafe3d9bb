import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Kafka, logLevel, type ISocketFactory, type LogEntry } from 'kafkajs';
import type { Logger } from '../logger';
import type { KafkaSettings } from './kafka-settings';
import { registerFetchDecoder } from './protocol/fetch-response';
import { registerProduceEncoder } from './protocol/produce-encoder';

const CONNECTION_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 60_000;

/** A kafkajs client that reaches advertised addresses through KAFKA_BROKER_MAP and logs to `logger`. */
export function createKafkaClient(settings: KafkaSettings, logger: Logger): Kafka {
  registerProduceEncoder();
  registerFetchDecoder();
  return new Kafka({
    brokers: [...settings.brokers],
    clientId: settings.clientId,
    ...(settings.tls && { ssl: settings.tls }),
    ...(settings.sasl && { sasl: settings.sasl as never }),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    enforceRequestTimeout: true,
    socketFactory: mappedSockets(settings),
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      writeEntry(logger, entry);
    },
  });
}

/** Metadata names brokers as they advertise themselves; a tunnel makes them reachable elsewhere. */
function mappedSockets({ brokerMap, tls }: KafkaSettings): ISocketFactory {
  return ({ host, port, onConnect }) => {
    const [reachableHost = host, reachablePort = port] = brokerMap.get(`${host}:${port}`)?.split(':') ?? [];
    const target = { host: reachableHost, port: Number(reachablePort) };
    // The certificate is the broker's own, whatever the tunnel's end is called.
    const servername = isIP(host) ? {} : { servername: host };
    const socket = tls
      ? connectTls({ ...target, ...servername, ...tls }, onConnect)
      : connect(target, onConnect);
    return socket.setKeepAlive(true, KEEP_ALIVE_MS).setNoDelay(true);
  };
}

/** What matters of these lines KafkaWatch and the callers say once; kafkajs repeats it at every try. */
function writeEntry(logger: Logger, { namespace, log }: LogEntry): void {
  const { message, timestamp, logger: origin, ...fields } = log;
  logger.debug({ namespace, ...fields }, message);
}
