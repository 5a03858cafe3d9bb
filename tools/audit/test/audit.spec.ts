import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const PROGRAM = join(__dirname, '../main.ts');
const REPOSITORY = join(__dirname, '../../..');
const ADVISORY = { id: 1, url: 'https://advisory.example/1', title: 'a hole', vulnerable_versions: '<999' };

jest.setTimeout(120_000);

describe('npm run audit', () => {
  let registry: Server;
  /** What the registry answers where it is asked for advisories. */
  let answer: { readonly status: number; readonly body: unknown };
  const known = { minimist: [{ ...ADVISORY, severity: 'critical' }] };

  beforeAll(async () => {
    registry = createServer((request, response) => {
      const isQuestion = request.url?.endsWith('/advisories/bulk') === true;
      const { status, body } = isQuestion ? answer : { status: 404, body: {} };
      request.resume().once('end', () => {
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    registry.listen(0, '127.0.0.1');
    await once(registry, 'listening');
  });
  afterAll(() => {
    registry.close();
  });

  async function audit({
    program = PROGRAM,
    port = (registry.address() as AddressInfo).port,
    path = process.env.PATH,
  } = {}): Promise<{ code: number | null; output: string; fault: string }> {
    // npm keeps what it was told of an advisory.
    const cache = mkdtempSync(join(tmpdir(), 'npm-cache-'));
    const env = {
      ...process.env,
      PATH: path,
      npm_config_registry: `http://127.0.0.1:${port}/`,
      npm_config_cache: cache,
    };
    const child = spawn(process.execPath, ['-r', '@swc-node/register', program], { cwd: REPOSITORY, env });
    const [output, fault, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    rmSync(cache, { recursive: true });
    return { code, output, fault };
  }

  it('is content where the registry knows of nothing grave', async () => {
    answer = { status: 200, body: { ...known, fastify: [{ ...ADVISORY, severity: 'moderate' }] } };
    const { code, output } = await audit();
    expect(output).toContain('0 packages with advisories of severity high or critical');
    expect(output).toContain('Not covered');
    expect(code).toBe(0);
  });

  it.each(['high', 'critical'])('fails and names what is of severity %s', async (severity) => {
    answer = { status: 200, body: { ...known, fastify: [{ ...ADVISORY, severity }] } };
    const { code, output } = await audit();
    expect(output).toContain(`${severity} fastify: a hole https://advisory.example/1`);
    expect(code).toBe(1);
  });

  it.each([404, 405, 500])('says that nothing was checked where the registry answers %d', async (status) => {
    answer = { status, body: {} };
    const { code, output } = await audit();
    expect(output).toMatch(/^not checked: /);
    expect(code).toBe(77);
  });

  it('says that nothing was checked where there is no registry', async () => {
    const { code, output } = await audit({ port: 1 });
    expect(output).toMatch(/^not checked: .*ECONNREFUSED/);
    expect(code).toBe(77);
  });

  it('says that nothing was checked where the registry knows of nothing at all', async () => {
    answer = { status: 200, body: {} };
    const { code, output } = await audit();
    expect(output).toMatch(/^not checked: .*minimist/);
    expect(code).toBe(77);
  });

  it('reads a report of many megabytes', async () => {
    const title = 'x'.repeat(5_000_000);
    answer = { status: 200, body: { ...known, fastify: [{ ...ADVISORY, title, severity: 'high' }] } };
    const { code, output } = await audit();
    expect(output).toContain('high fastify: xxx');
    expect(code).toBe(1);
  });

  it('fails where there is no npm', async () => {
    const { code, fault } = await audit({ path: '/nowhere' });
    expect(fault).toMatch(/npm audit failed: .*ENOENT/);
    expect(code).toBe(1);
  });

  it('fails where the lockfile is missing', async () => {
    const checkout = mkdtempSync(join(tmpdir(), 'checkout-'));
    const program = join(checkout, 'tools/audit/main.ts');
    cpSync(PROGRAM, program);
    cpSync(join(REPOSITORY, 'package.json'), join(checkout, 'package.json'));
    const { code, fault } = await audit({ program });
    rmSync(checkout, { recursive: true });
    expect(fault).toContain('npm audit failed: ENOLOCK');
    expect(code).toBe(1);
  });
});
