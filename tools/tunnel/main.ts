/**
 * Keeps SSH forwards to Kafka, the K3s API and Grafana through the bastion alive: `make tunnel`. Runs until it is
 * interrupted. Settings: docs/laptop.md.
 */
import { spawnSync } from 'node:child_process';
import { onRuntimeWarning } from '../../libs/platform/src/command-line';
import { ConfigurationFault } from '../../libs/platform/src/settings';
import { ownStackDirectory } from '../stack/stack-directory';
import { StackError } from '../stack/stack-error';
import { stackSettings } from '../stack/stack-settings';
import { route } from './forward';
import { refuseTakenPorts } from './local-ports';
import { TunnelFile } from './tunnel-file';
import { terraformOutputs } from './terraform-outputs';
import { runTunnel } from './tunnel';
import { endLeftOver, refuseSecondTunnel } from './earlier-tunnel';
import { tunnelSettings } from './tunnel-settings';

async function main(): Promise<void> {
  const { repoDir, stackDir, env } = stackSettings();
  const askTerraform = (env.BASTION_HOST ?? '') === '';
  const terraform = askTerraform ? terraformOutputs(repoDir, (env.ENV ?? '') || 'aws') : { values: {} };
  const settings = tunnelSettings(env, terraform, { repoDir, stackDir });
  const file = new TunnelFile(stackDir);
  requireSsh();
  ownStackDirectory(stackDir);
  refuseSecondTunnel(file);
  await endLeftOver(file);
  await refuseTakenPorts(settings.forwards, stackDir);

  const { user, host, port, keyFile } = settings.bastion;
  console.log(
    `Tunnel through ${user}@${host}:${port}${keyFile === undefined ? '' : ` with ${keyFile}`}; Ctrl-C ends it`,
  );
  for (const forward of settings.forwards) console.log(`  ${forward.name.padEnd(8)} ${route(forward)}`);
  await runTunnel(settings, file, interruption());
  console.log('The tunnel has ended.');
}

function requireSsh(): void {
  if (spawnSync('ssh', ['-V'], { stdio: 'ignore' }).error === undefined) return;
  throw new StackError(
    'ssh is missing: there is none on the PATH.',
    'Install it: sudo apt install openssh-client',
  );
}

function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      controller.abort();
    });
  }
  return controller.signal;
}

function explanation(error: unknown): string {
  if (error instanceof StackError) return `\n${error.message}\n${error.nextStep}`;
  if (error instanceof ConfigurationFault) return `${error.message}\nWhat each means: docs/laptop.md`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

onRuntimeWarning((warning) => {
  console.error(warning.stack);
});

// The terminal may be gone when the last lines are written.
process.stdout.on('error', () => undefined);

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(explanation(error));
    process.exit(1);
  },
);
