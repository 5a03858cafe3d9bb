import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

jest.setTimeout(30_000);

const ROOT = resolve(__dirname, '../../..');
const MODULES = `
  const { runProgram } = require('${__dirname}/run-program');
  const { ConfigurationFault } = require('${__dirname}/settings');
  const log = (level) => (...message) => console.log(level, message.at(-1));
  const logger = { info: log('info'), warn: log('warn'), error: log('error'), fatal: log('fatal') };
  setInterval(() => undefined, 1000);
`;

interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a program in a process of its own; SIGTERM follows as soon as it prints \`ready\`. */
function outcomeOf(program: string): Promise<Ended> {
  const child = spawn(process.execPath, ['-r', '@swc-node/register', '-e', MODULES + program], { cwd: ROOT });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      if (!output.includes('ready') && text.includes('ready')) child.kill('SIGTERM');
      output += text;
    });
  }
  return new Promise((settle) =>
    child.once('close', (code) => {
      settle({ code, output });
    }),
  );
}

const running = (close: string, rest = ''): string => `runProgram(async () => {
  setTimeout(() => console.log('ready'), 100);
  return { app: { close: async () => { ${close} } }, logger, shutdownGraceMs: 300, ${rest} };
});`;

describe('a program', () => {
  it('ends with 0 after SIGTERM when it closed within the grace period', async () => {
    const { code, output } = await outcomeOf(running(`console.log('closing');`));
    expect(code).toBe(0);
    expect(output).toMatch(/info stopping\nclosing\ninfo stopped\n$/);
  });

  it('ends with 1 when closing takes longer than the grace period', async () => {
    const { code, output } = await outcomeOf(running('await new Promise(() => undefined);'));
    expect(code).toBe(1);
    expect(output).toContain('SHUTDOWN_GRACE_MS is over');
  });

  it('ends with 1 when closing fails', async () => {
    const { code, output } = await outcomeOf(running(`throw new Error('no');`));
    expect(code).toBe(1);
    expect(output).toContain('error could not stop cleanly');
  });

  it('closes and ends with 1 when it can no longer do its duty', async () => {
    const program = running(`console.log('closing');`, `failed: Promise.resolve(new Error('lost'))`);
    const { code, output } = await outcomeOf(program);
    expect(code).toBe(1);
    expect(output).toContain('fatal stopping after a fault\nclosing\n');
  });

  it('finishes its start before it obeys a SIGTERM that came meanwhile', async () => {
    const { code, output } = await outcomeOf(`runProgram(async () => {
      console.log('ready');
      await new Promise((later) => setTimeout(later, 500));
      return { app: { close: async () => console.log('closing') }, logger, shutdownGraceMs: 300 };
    });`);
    expect(code).toBe(0);
    expect(output).toContain('closing');
  });

  it('logs the warnings of the runtime, those of its start too, but not that of kafkajs', async () => {
    const { output } = await outcomeOf(`runProgram(async () => {
      process.emitWarning('of the start');
      setTimeout(() => undefined, -1);
      setTimeout(() => { process.emitWarning('later'); console.log('ready'); }, 100);
      await new Promise((next) => setTimeout(next, 50));
      return { app: { close: async () => undefined }, logger, shutdownGraceMs: 300 };
    });`);
    expect(output).toMatch(/^warn warning of the runtime\n/);
    expect(output.split('warn warning of the runtime')).toHaveLength(3);
    expect(output).not.toMatch(/Negative|of the start|later/);
  });

  it('tells a fault of the configuration without a stack trace', async () => {
    const { code, output } = await outcomeOf(
      `runProgram(async () => { throw new ConfigurationFault(['A: no', 'B: neither']); });`,
    );
    expect(code).toBe(1);
    expect(output).toBe('The configuration has 2 fault(s):\n  A: no\n  B: neither\n');
  });

  it('says what to do when its port is taken', async () => {
    const { code, output } = await outcomeOf(
      `runProgram(async () => { throw Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' }); });`,
    );
    expect(code).toBe(1);
    expect(output).toContain('choose another PORT');
    expect(output).not.toContain('    at ');
  });

  it('shows where any other fault of its start comes from', async () => {
    const { code, output } = await outcomeOf(`runProgram(async () => { throw new TypeError('a bug'); });`);
    expect(code).toBe(1);
    expect(output).toMatch(/TypeError: a bug\n {4}at /);
  });
});
