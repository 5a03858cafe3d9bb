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
  const { uri: reads, isOurs } = readDatabase(settings, route);
  return {
    TRUSTED_PROXIES: agentsOfThisMachine,
    ...(isOurs && { READ_DATABASE_KIND: 'embedded' }),
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

/** The database to read from: the caller's, the stack's only next to the stack's Kafka; without an address the API only writes. */
function readDatabase(
  settings: StackSettings,
  { name }: KafkaRoute,
): { readonly uri: string | undefined; readonly isOurs: boolean } {
  const own = given(settings.env).READ_MONGODB_URI;
  if (own !== undefined || name === 'tunnel') return { uri: own, isOurs: false };
  if (settings.externalMongodbUri !== undefined) return { uri: settings.externalMongodbUri, isOurs: false };
  const isOurs = name === 'stack' && new Part('database', settings.stackDir).pid() !== undefined;
  return { uri: isOurs ? stackAddresses(settings).mongodbUri : undefined, isOurs };
}

/** An exported but empty variable counts as not set, as in the apps. */
function given(env: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}
