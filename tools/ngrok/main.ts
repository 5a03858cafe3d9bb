/**
 * Says how to give the API of this machine a public URL with ngrok, and shows that URL and a key for the notebook:
 * `make ngrok`. On a terminal it waits for the agent, elsewhere it says to come again. Settings: docs/laptop.md.
 */
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { onRuntimeWarning } from '../../libs/platform/src/command-line';
import { ConfigurationFault } from '../../libs/platform/src/settings';
import { ApiKeyFault, isAccepted, keptApiKey } from '../api-key/kept-api-key';
import { Part } from '../stack/part';
import { StackError } from '../stack/stack-error';
import { stackSettings, type StackSettings } from '../stack/stack-settings';
import { askAgent } from './ngrok-agent';
import { ngrokCommand } from './ngrok-command';
import { ngrokSettings, type NgrokSettings } from './ngrok-settings';
import { publicFault } from './public-api';

const askAgainMs = 1000;
const keyId = 'ngrok-notebook';

async function main(): Promise<void> {
  const stack = stackSettings();
  const settings = ngrokSettings(stack);
  await requireApi(settings);
  const key = await apiKey(settings);
  noteUntrustedAgent(stack);
  const url = await publicUrl(settings);
  if (url === undefined) return;
  const fault = await publicFault(url);
  if (fault !== undefined) {
    throw new StackError(
      `${url} leads here, but the API does not answer through it: ${fault}.`,
      'Look at the terminal where ngrok runs, and run make ngrok again.',
    );
  }
  console.log(`\n${url} answers. Paste into the notebook:\n\n  URL      ${url}\n  API key  ${key}\n`);
}

/** @throws StackError unless an API runs that asks for keys */
async function requireApi({ apiUrl }: NgrokSettings): Promise<void> {
  const isAlive = await fetch(`${apiUrl}/health/live`).then(
    ({ ok }) => ok,
    () => false,
  );
  if (!isAlive) {
    throw new StackError(
      `The API is not running: nothing answers at ${apiUrl}/health/live.`,
      'Start it first: make run-local-processor (with make tunnel or make stack-up) or make up',
    );
  }
  if (await isAccepted(apiUrl, undefined)) {
    throw new StackError(
      'The API that runs has AUTH_MODE=off: it serves this machine alone, and refuses what comes through ngrok.',
      'Start it again with keys: make stop && make up, or make stop-local-processor && make run-local-processor, without AUTH_MODE.',
    );
  }
}

async function apiKey({ apiUrl, apiKey: own, apiKeyFile }: NgrokSettings): Promise<string> {
  if (own === undefined) return keptApiKey({ apiUrl, keyId, file: apiKeyFile });
  if (await isAccepted(apiUrl, own)) return own;
  throw new StackError('The API does not accept API_KEY.', 'Correct it, or unset it to have a key made.');
}

/** Waits for the agent on a terminal; undefined where there is none and nobody to wait. */
async function publicUrl(settings: NgrokSettings): Promise<string | undefined> {
  for (let asked = 0; ; asked += 1) {
    const agent = await askAgent(settings.agentPort, settings.apiPort);
    if (agent?.url !== undefined) return agent.url;
    if (asked === 0) console.log(howToStart(settings, agent?.elsewhere ?? []));
    if (!process.stdout.isTTY) {
      console.log('\nThen run make ngrok again: it shows the URL and the key to paste into the notebook.');
      return undefined;
    }
    if (asked === 0) console.log('\nWaiting for it here, Ctrl-C ends that …');
    await sleep(askAgainMs);
  }
}

function howToStart({ apiPort, domain, agentPort }: NgrokSettings, elsewhere: readonly string[]): string {
  const other = elsewhere.length === 0 ? '' : `ngrok runs, but leads elsewhere: ${elsewhere.join(', ')}\n\n`;
  const hasNgrok = spawnSync('ngrok', ['--version'], { stdio: 'ignore' }).status === 0;
  const missing = hasNgrok
    ? ''
    : '\n\nThere is no ngrok on the PATH. Get it from https://ngrok.com/download and sign in once:\n' +
      '  ngrok config add-authtoken TOKEN\nWithout an account, cloudflared or SSH does as well: docs/laptop.md';
  const port = agentPort === 4040 ? '' : `, with web_addr: 127.0.0.1:${agentPort} in its configuration`;
  return `${other}The API asks for keys and is ready. In another terminal${port}:\n\n  ${ngrokCommand({ port: apiPort, domain })}${missing}`;
}

/** Without it all who come through ngrok share one address, and so the limit on wrong keys. */
function noteUntrustedAgent({ stackDir }: StackSettings): void {
  const record = new Part('processor-api', stackDir).running();
  if (record === undefined || record.settings.hashes.TRUSTED_PROXIES !== undefined) return;
  console.log(
    'Note: this API does not know who comes through ngrok; all share one limit on wrong keys.\n' +
      '      make stop-local-processor && make run-local-processor trusts the agents of this machine,\n' +
      '      and so does TRUSTED_PROXIES=127.0.0.1/32,::1/128 make up.\n',
  );
}

function explanation(error: unknown): string {
  if (error instanceof StackError) return `\n${error.message}\n${error.nextStep}`;
  if (error instanceof ConfigurationFault || error instanceof ApiKeyFault) return `\n${error.message}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

onRuntimeWarning((warning) => {
  console.error(warning.stack);
});

main().catch((error: unknown) => {
  console.error(explanation(error));
  process.exitCode = 1;
});
