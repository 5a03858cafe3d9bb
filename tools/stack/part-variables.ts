import { appEnvironment } from './app-environment';
import { kafkaRoute } from './kafka-route';
import { localProcessorEnvironment } from './local-processor-environment';
import { appVariables, type PartVariables } from './settings-fingerprint';
import { portVariables, type KafkaRouteName, type PartName, type StackSettings } from './stack-settings';

/** The settings a part would be started with now; `route`: the API alone. */
export function partVariables(
  name: PartName,
  settings: StackSettings,
  route?: KafkaRouteName,
): PartVariables {
  if (name !== 'processor-api' && name !== 'metadata-worker')
    return { [portVariables[name]]: String(settings.ports[name]) };
  const env =
    route === undefined
      ? appEnvironment(name, settings)
      : localProcessorEnvironment(settings, kafkaRoute(route, settings));
  return appVariables(name, env);
}
