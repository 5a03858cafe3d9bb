import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { processIdentity } from './process-identity';
import { StackError } from './stack-error';

// A killed program's last threads hold its port for a moment after it stopped being visible.
const releaseWithinMs = 3000;

/** Throws a StackError that names program and pid when something listens on the port already. */
export async function refuseTakenPort(port: number, variable: string): Promise<void> {
  const deadline = Date.now() + releaseWithinMs;
  for (;;) {
    const error = await bindingError(port);
    if (error === undefined) return;
    if (error.code !== 'EADDRINUSE') {
      throw new StackError(
        `Port ${port} (${variable}) cannot be used: ${error.message}.`,
        `Choose another port with ${variable}=…`,
      );
    }
    const pid = holderOf(port);
    if (pid !== undefined || Date.now() > deadline) {
      throw new StackError(
        `Port ${port} (${variable}) is in use by ${describe(pid)}.`,
        `End that program, or choose another port with ${variable}=…`,
      );
    }
    await sleep(50);
  }
}

/** Whether a program of this machine could listen on the loopback port now. */
export async function isFreePort(port: number): Promise<boolean> {
  return (await bindingError(port)) === undefined;
}

/** A loopback port nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}

function bindingError(port: number): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve).listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(undefined);
      });
    });
  });
}

function describe(pid: number | undefined): string {
  if (pid === undefined) return 'a program this user may not see (try: sudo ss -ltnp)';
  const command = processIdentity(pid)?.command ?? 'an unknown program';
  return `pid ${pid} (${command.length > 120 ? `${command.slice(0, 120)}…` : command})`;
}

function holderOf(port: number): number | undefined {
  try {
    return process.platform === 'linux' ? holderFromProc(port) : holderFromLsof(port);
  } catch {
    return undefined;
  }
}

function holderFromLsof(port: number): number {
  return Number.parseInt(
    execFileSync('lsof', ['-nPt', `-iTCP:${port}`, '-sTCP:LISTEN'], { encoding: 'utf8' }),
    10,
  );
}

function holderFromProc(port: number): number | undefined {
  const sockets = new Set(listeningInodes(port).map((inode) => `socket:[${inode}]`));
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).find((pid) => openFiles(pid).some((target) => sockets.has(target)));
}

function listeningInodes(port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const listening = '0A';
  return ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((table) => readFileSync(table, 'utf8').split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) === true && fields[3] === listening)
    .flatMap((fields) => fields[9] ?? []);
}

function openFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  } catch {
    return []; // ended meanwhile, or another user's
  }
}
