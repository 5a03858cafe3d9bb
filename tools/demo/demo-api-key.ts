import { isAccepted, keptApiKey } from '../api-key/kept-api-key';
import type { DemoConfig } from './config';

type Where = Pick<DemoConfig, 'apiUrl' | 'apiKey' | 'apiKeyFile'>;

/** The key the demo sends: the caller's own, none where the API asks for none, else its own. @throws ApiKeyFault */
export async function demoApiKey({ apiUrl, apiKey, apiKeyFile }: Where): Promise<string | undefined> {
  if (apiKey !== undefined) return apiKey;
  if (await isAccepted(apiUrl, undefined)) return undefined;
  return keptApiKey({ apiUrl, keyId: 'demo', file: apiKeyFile });
}
