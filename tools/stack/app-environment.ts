import { stackAddresses } from './stack-addresses';
import type { AppName, StackSettings } from './stack-settings';

/** The environment of an app: ours for what the stack decides, the caller's for everything else. */
export function appEnvironment(name: AppName, settings: StackSettings): NodeJS.ProcessEnv {
  const { kafkaBrokers, mongodbUri } = stackAddresses(settings);
  return {
    KAFKA_TOPIC_CREATE: 'true',
    READ_MONGODB_URI: mongodbUri,
    ...settings.env,
    STACK_DIR: settings.stackDir,
    KAFKA_BROKERS: kafkaBrokers,
    MONGODB_URI: mongodbUri,
    PORT: String(settings.ports[name]),
  };
}
