import { join } from 'node:path';
import { z } from 'zod';
import { integer, readSettings, type CrossCheck } from '../../libs/platform/src/settings';
import { portOf } from '../stack/stack-addresses';
import type { StackSettings } from '../stack/stack-settings';

export interface NgrokSettings {
  readonly apiPort: number;
  readonly apiUrl: string;
  /** Where the agent's local API listens. */
  readonly agentPort: number;
  readonly domain: string | undefined;
  /** A key of the caller's own. */
  readonly apiKey: string | undefined;
  /** Where the key is kept that is made otherwise; absolute. */
  readonly apiKeyFile: string;
}

const schema = z.object({
  NGROK_API_PORT: integer(1, 65_535, 4040),
  NGROK_DOMAIN: z
    .string()
    .transform((text) => text.replace(/^https:\/\//, '').replace(/\/$/, ''))
    .refine((name) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(name), 'must be a name such as gpu.ngrok.app')
    .optional(),
  API_KEY: z.string().optional(),
});

const plainHttpWithKeys: CrossCheck = ({ AUTH_MODE, TLS_CERT_FILE }) => [
  ...(AUTH_MODE === 'off'
    ? [
        'AUTH_MODE: must not be off: without keys the API serves this machine alone, and refuses what comes through ngrok',
      ]
    : []),
  ...(TLS_CERT_FILE === undefined
    ? []
    : ['TLS_CERT_FILE: must not be set: ngrok ends TLS itself and speaks HTTP with the API']),
];

/** Settings of `make ngrok`; @throws ConfigurationFault with all faults at once */
export function ngrokSettings(stack: StackSettings): NgrokSettings {
  const read = readSettings(schema, stack.env, plainHttpWithKeys);
  const apiPort = portOf('processor-api', stack);
  return {
    apiPort,
    apiUrl: `http://127.0.0.1:${apiPort}`,
    agentPort: read.NGROK_API_PORT,
    domain: read.NGROK_DOMAIN,
    apiKey: read.API_KEY,
    apiKeyFile: join(stack.stackDir, 'ngrok-notebook-api-key'),
  };
}
