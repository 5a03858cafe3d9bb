import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:https';
import { connect, type ConnectionOptions } from 'node:tls';
import pino from 'pino';
import { FixedClock } from '@libs/domain/testing';
import { toServerTls, type ServerTls } from '../src/http/tls/server-tls';
import { TlsWatch } from '../src/http/tls/tls-watch';
import { eventually } from '@libs/testing/app-process';
import { CertificateAuthority, type Certificate } from '@libs/testing/certificates';

const DAY_MS = 86_400_000;
const SEEN_WITHIN_MS = 10_000;

interface Served {
  readonly name: string | undefined;
  readonly session: Buffer | undefined;
}

describe(TlsWatch.name, () => {
  const authority = new CertificateAuthority();
  const clock = new FixedClock(new Date());
  const later = (days: number): Date => new Date(clock.time.getTime() + days * DAY_MS);
  let folder: string;
  let version: number;
  let names: { readonly server: Certificate; readonly client: Certificate };
  let tls: ServerTls;
  let server: Server;
  let watch: TlsWatch;
  let lines: { level: number; msg: string; faults?: string[] }[];
  let clientChanges: number;

  beforeAll(() => {
    names = { server: authority.issue('server'), client: authority.issue('client') };
  });
  afterAll(() => {
    authority.remove();
  });

  beforeEach(async () => {
    clock.time = new Date();
    folder = mkdtempSync(join(tmpdir(), 'tls-watch-'));
    version = 0;
    mount({});
    const file = (name: string): string => join(folder, '..data', name);
    tls = toServerTls({
      TLS_CERT_FILE: file('tls.crt'),
      TLS_KEY_FILE: file('tls.key'),
      TLS_CLIENT_CA_FILE: file('ca.crt'),
      TLS_CLIENT_CRL_FILE: file('ca.crl'),
    })!;
    server = createServer(tls.options, (_request, response) => response.end());
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    lines = [];
    clientChanges = 0;
    const write = (line: string): number => lines.push(JSON.parse(line) as (typeof lines)[number]);
    const onClientsChanged = (): void => {
      clientChanges += 1;
    };
    watch = new TlsWatch(server, tls, { clock, logger: pino({}, { write }), onClientsChanged });
    await watch.start();
  });
  afterEach(() => {
    watch.stop();
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** A new version of the files, put there as Kubernetes does it with a Secret. */
  function mount(changed: Readonly<Record<string, string | Buffer>>): void {
    version += 1;
    const made = join(folder, `..${version}`);
    mkdirSync(made);
    const { cert, key } = names.server;
    const crl = changed['ca.crl'] ?? authority.revocationList(later(30));
    const files = { 'tls.crt': cert, 'tls.key': key, 'ca.crt': authority.cert, ...changed, 'ca.crl': crl };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(made, name), content);
    symlinkSync(`..${version}`, join(folder, '..new'));
    renameSync(join(folder, '..new'), join(folder, '..data'));
  }

  /** What a client sees that is served: the certificate's name, unless it went on with its session of before. */
  function served({ cert, key }: Certificate, session?: Buffer): Promise<Served> {
    const { port } = server.address() as AddressInfo;
    const options: ConnectionOptions = { port, cert, key, ca: authority.cert, ...(session && { session }) };
    return new Promise((resolve, reject) => {
      let ticket: Buffer | undefined;
      const socket = connect(options, () => socket.write('GET / HTTP/1.0\r\n\r\n'));
      socket.on('session', (latest: Buffer) => (ticket = latest));
      socket.once('data', () => {
        const name = socket.isSessionReused() ? undefined : String(socket.getPeerCertificate().subject.CN);
        resolve({ name, session: ticket });
        socket.destroy();
      });
      socket.once('error', reject);
      socket.once('close', () => {
        reject(new Error('closed without an answer'));
      });
    });
  }

  function isServed(client: Certificate, session?: Buffer): Promise<boolean> {
    return served(client, session).then(
      () => true,
      () => false,
    );
  }

  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    expect(await eventually(isSo, SEEN_WITHIN_MS)).toBe(true);
  }

  function logged(text: string): number {
    return lines.filter(({ msg }) => msg.includes(text)).length;
  }

  it('shows the next client a certificate that was renewed', async () => {
    expect((await served(names.client)).name).toBe('server');
    const { cert, key } = authority.issue('renewed');
    mount({ 'tls.crt': cert, 'tls.key': key });
    await until(async () => (await served(names.client)).name === 'renewed');
  });

  it('refuses a client once its certificate is in the list, with a session from before too', async () => {
    const client = authority.issue('revoked');
    const { session } = await served(client);
    expect((await served(client, session)).name).toBeUndefined();
    authority.revoke(client);
    const changes = clientChanges;
    mount({});
    await until(async () => !(await isServed(client)));
    expect(await isServed(client, session)).toBe(false);
    expect(await isServed(names.client)).toBe(true);
    expect(clientChanges).toBe(changes + 1);
  });

  it('reads every list of the file', async () => {
    const other = new CertificateAuthority('other authority');
    const [good, bad] = [other.issue('good'), other.issue('bad')];
    other.revoke(bad);
    const lists = [authority, other].map((each) => each.revocationList(later(30)));
    mount({ 'ca.crt': Buffer.concat([authority.cert, other.cert]), 'ca.crl': lists.join('') });
    await until(() => isServed(good));
    expect(await isServed(bad)).toBe(false);
    expect(await isServed(names.client)).toBe(true);
    other.remove();
  });

  it('uses nothing of a file of which a list is cut off', async () => {
    const client = authority.issue('cut-off');
    authority.revoke(client);
    const list = authority.revocationList(later(30));
    const other = new CertificateAuthority('other authority');
    const cut = [other.revocationList(later(30)), list.slice(0, list.length / 2)].join('');
    other.remove();
    mount({ 'ca.crl': cut });
    await until(() => watch.isBroken);
    expect(lines.at(-1)?.faults).toEqual([
      'TLS_CLIENT_CRL_FILE: must hold lists of revoked certificates in PEM',
    ]);
    expect(await isServed(names.client)).toBe(true);
  });

  it('uses nothing of a list whose end it cannot tell', async () => {
    const client = authority.issue('long-form');
    authority.revoke(client);
    mount({ 'ca.crl': withLongForm(authority.revocationList(later(30))) });
    await until(() => watch.isBroken);
    expect(lines.at(-1)?.faults).toEqual([expect.stringContaining('byteLength')]);
    expect(await isServed(client)).toBe(true);
    mount({});
    await until(async () => !(await isServed(client)));
  });

  it.each([
    ['tls.key', 'broken', 'TLS_KEY_FILE: must hold an unencrypted private key in PEM'],
    ['ca.crl', 'broken', 'TLS_CLIENT_CRL_FILE: must hold lists of revoked certificates in PEM'],
  ])('leaves the last good files in use while %s is %s', async (name, content, fault) => {
    mount({ [name]: content });
    await until(() => watch.isBroken);
    expect(lines.at(-1)?.faults).toEqual([fault]);
    expect(await isServed(names.client)).toBe(true);
    mount({});
    await until(() => !watch.isBroken);
  });

  it('warns of a list that expires within 7 days at each reading, and once a day', async () => {
    mount({ 'ca.crl': authority.revocationList(later(8)) });
    await until(() => logged('TLS files read') === 2);
    expect(logged('about to expire')).toBe(0);
    clock.time = later(2);
    await until(() => logged('about to expire') === 1);
    clock.time = later(2);
    await until(() => logged('about to expire') === 2);
  });

  it('says so when a list has expired, which refuses every client', async () => {
    const expiry = new Date('2020-02-01T00:00:00Z');
    mount({ 'ca.crl': authority.revocationList(expiry) });
    await until(() => logged('has expired') === 1);
    expect(watch.revocationsExpireAt).toEqual(expiry);
    expect(await isServed(names.client)).toBe(false);
  });
});

/** The same list with its length in seven bytes, which OpenSSL reads and we do not. */
function withLongForm(list: string): string {
  const der = Buffer.from(list.replaceAll(/-----.*-----|\s/g, ''), 'base64');
  const content = der.subarray(2 + (der[1]! > 0x7f ? der[1]! & 0x7f : 0));
  const head = Buffer.alloc(9);
  head.set([der[0]!, 0x87]);
  head.writeUIntBE(content.length, 3, 6);
  const base64 =
    Buffer.concat([head, content])
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN X509 CRL-----', ...base64, '-----END X509 CRL-----', ''].join('\n');
}
