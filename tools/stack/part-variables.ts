import { appEnvironment } from './app-environment';
import { appVariables, type PartVariables } from './settings-fingerprint';
import { portVariables, type PartName, type StackSettings } from './stack-settings';

/** The settings a part would be started with now. */
export function partVariables(name: PartName, settings: StackSettings): PartVariables {
  if (name === 'processor-api' || name === 'metadata-worker')
    return appVariables(name, appEnvironment(name, settings));
  return { [portVariables[name]]: String(settings.ports[name]) };
}
