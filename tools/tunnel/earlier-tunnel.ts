import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from '../stack/stack-error';
import { isAlive, type TunnelFile } from './tunnel-file';

const endWithinMs = 5000;

/** @throws StackError while another tunnel of the same STACK_DIR runs */
export function refuseSecondTunnel(file: TunnelFile): void {
  const running = file.running();
  if (running === undefined) return;
  throw new StackError(
    `A tunnel to ${running.bastion} runs already (pid ${running.supervisor.pid}).`,
    'Use that one, end it with Ctrl-C where it runs, or give this one another STACK_DIR and other ports.',
  );
}

/** Ends the ssh of a tunnel that was killed before it could do it; it would hold the ports. */
export async function endLeftOver(file: TunnelFile): Promise<void> {
  const ssh = file.latest()?.ssh;
  if (ssh === undefined || ssh === null || !isAlive(ssh)) return;
  process.kill(ssh.pid, 'SIGTERM');
  for (const deadline = Date.now() + endWithinMs; isAlive(ssh) && Date.now() < deadline;) await sleep(50);
}
