import type { KafkaRoute } from './kafka-route';
import { Part } from './part';
import { stackAddresses } from './stack-addresses';
import type { StackSettings } from './stack-settings';

/** ngrok, cloudflared and the like run on this machine and write down for whom they ask. */
const agentsOfThisMachine = '127.0.0.1/32,::1/128';

/** The environment of the API that runs alone: what the route decides, the caller's for everything else. */
export function localProcessorEnvironment(settings: StackSettings, route: KafkaRoute): NodeJS.ProcessEnv {
  const { env } = settings;
  const isElsewhere = route.name === 'tunnel' || (env.KAFKA_BROKER_MAP ?? '') !== '';
  const reads = readUri(settings, route);
  return {
    TRUSTED_PROXIES: agentsOfThisMachine,
    ...given(env),
    // In somebody's cluster the topics are declared by whoever runs it.
    KAFKA_TOPIC_CREATE: given(env).KAFKA_TOPIC_CREATE ?? String(!isElsewhere),
    STACK_DIR: settings.stackDir,
    KAFKA_BROKERS: route.brokers,
    ...(route.brokerMap !== undefined && { KAFKA_BROKER_MAP: route.brokerMap }),
    ...(reads !== undefined && { READ_MONGODB_URI: reads }),
    PORT: String(settings.ports['processor-api']),
  };
}

/** The database to read from: the caller's, the stack's only next to the stack's Kafka; undefined: the API only writes. */
function readUri(settings: StackSettings, { name }: KafkaRoute): string | undefined {
  const own = given(settings.env).READ_MONGODB_URI;
  if (own !== undefined || name === 'tunnel') return own;
  if (settings.externalMongodbUri !== undefined) return settings.externalMongodbUri;
  const hasDatabase = name === 'stack' && new Part('database', settings.stackDir).pid() !== undefined;
  return hasDatabase ? stackAddresses(settings).mongodbUri : undefined;
}

/** An exported but empty variable counts as not set, as in the apps. */
function given(env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}
