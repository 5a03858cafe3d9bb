import { randomUUID } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request, type RequestOptions } from 'node:https';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { submissionBody } from '@libs/contracts/testing';
import { probeApp } from '../../../tools/stack/app-readiness';
import { freePort } from '../../../tools/stack/port-holder';
import { AppProcess, eventually } from '@libs/testing/app-process';
import { CertificateAuthority, type Certificate } from '@libs/testing/certificates';
import { head, postHead, problem } from './api';
import { writeThenEnd, writeThenRead } from './raw-exchange';

const DAY_MS = 86_400_000;
const READY_WITHIN_MS = 60_000;
const SEEN_WITHIN_MS = 10_000;
const CLOSED_WITHIN_MS = 15_000;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

jest.setTimeout(120_000);

describe('over TLS', () => {
  const authority = new CertificateAuthority();
  const stranger = new CertificateAuthority();
  let server: Certificate;
  let port: number;

  beforeAll(() => {
    server = authority.issue('server');
  });
  afterAll(() => {
    authority.remove();
    stranger.remove();
  });

  /** `startApi` asks over plain HTTP whether the API is ready. */
  async function start(env: NodeJS.ProcessEnv = {}): Promise<AppProcess> {
    port = await freePort();
    const settings = {
      AUTH_MODE: 'off',
      KAFKA_BROKERS: process.env.TEST_KAFKA_BROKERS,
      TLS_CERT_FILE: server.certFile,
      TLS_KEY_FILE: server.keyFile,
      PORT: String(port),
      ...env,
    };
    const api = AppProcess.spawn('processor-api', settings, port);
    const isReady = (): Promise<boolean> =>
      probeApp(port, settings).then(
        () => true,
        () => false,
      );
    expect(await eventually(isReady, READY_WITHIN_MS, api.exited)).toBe(true);
    return api;
  }

  /** `second` is sent a while after the server asked for the body. */
  function ask(
    options: RequestOptions = {},
    [first = '', second]: readonly string[] = [],
    onContinue?: () => void,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const given = { host: '127.0.0.1', port, path: '/health/live', ca: authority.cert, ...options };
      const outgoing = request(given, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        answer.on('end', () => {
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text });
        });
        answer.on('error', reject);
      });
      outgoing.on('error', reject);
      if (second === undefined) {
        outgoing.end(first);
        return;
      }
      outgoing.on('continue', () => {
        onContinue?.();
        outgoing.write(first);
        setTimeout(() => outgoing.end(second), 700);
      });
    });
  }

  function handshake(options: ConnectionOptions = {}): Promise<TLSSocket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port, ca: authority.cert, ...options }, () => {
        resolve(socket);
      });
      socket.on('error', reject);
    });
  }

  /** Whatever comes back until the connection ends. */
  function untilClosed(socket: NodeJS.ReadWriteStream): Promise<string> {
    return new Promise((resolve) => {
      let text = '';
      socket.on('data', (piece: Buffer) => (text += piece.toString('latin1')));
      socket.on('error', () => undefined);
      socket.on('close', () => {
        resolve(text);
      });
    });
  }

  describe('with a certificate', () => {
    let api: AppProcess;

    beforeAll(async () => {
      api = await start();
    });
    afterAll(() => api.stop());

    it('requests are answered, and the log tells the URL', async () => {
      expect(await ask()).toMatchObject({ status: 200 });
      expect(api.output).toContain(`"url":"https://127.0.0.1:${port}"`);
    });

    it('TLS 1.3 is spoken, and 1.2 with modern ciphers to who knows no better', async () => {
      const modern = await handshake();
      expect(modern.getProtocol()).toBe('TLSv1.3');
      modern.destroy();
      const older = await handshake({ maxVersion: 'TLSv1.2' });
      expect(older.getProtocol()).toBe('TLSv1.2');
      expect(older.getCipher().name).toMatch(/^ECDHE-.*(GCM|POLY1305)/);
      older.destroy();
    });

    it.each([
      ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }],
      ['TLS 1.0', { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }],
      ['a cipher in CBC mode', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA256' }],
      ['a cipher without forward secrecy', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }],
    ] as const)('%s is refused by the server', async (_name, options) => {
      await expect(handshake(options)).rejects.toThrow(/alert (protocol version|handshake failure)/);
    });

    it('every answer tells a browser to come back over TLS alone', async () => {
      const headers = {
        'x-content-type-options': 'nosniff',
        'strict-transport-security': 'max-age=31536000',
      };
      const requests = [
        {},
        { path: '/console' },
        { path: '/%6detrics' },
        { method: 'POST', path: '/v1/metadata' },
      ];
      for (const options of requests) expect(await ask(options)).toMatchObject({ headers });
      const socket = await handshake();
      socket.write('garbage\r\n\r\n');
      expect(await untilClosed(socket)).toMatch(
        /^HTTP\/1\.1 400 [^]*\r\nstrict-transport-security: max-age=31536000\r\n/,
      );
    });

    it.each([
      ['1.0', 5],
      ['1.0', 15],
      ['1.1', 5],
      ['1.1', 15],
    ])(
      'a client of HTTP/%s that writes %i MiB before it reads sees an early answer',
      async (version, mib) => {
        const bytes = mib * 1024 * 1024;
        const start = head('POST /v1/metadata', { connection: 'close', 'content-length': bytes }, version);
        const open = (): TLSSocket => connect({ host: '127.0.0.1', port, ca: authority.cert });
        const answer = await writeThenRead(port, [start, Buffer.alloc(bytes, ' ')], open);
        expect(answer).toMatchObject(problem(415, 'unsupported_media_type'));
      },
    );

    it('a client that ends its side behind its request gets its answer', async () => {
      const body = JSON.stringify(submissionBody({ eventId: randomUUID() }));
      const socket = await handshake();
      const answer = await writeThenEnd(socket, postHead({ 'content-length': body.length }) + body);
      expect(answer).toMatch(/^HTTP\/1\.1 202 [^]*\}$/);
    });

    it('a connection that a client ends before or behind its handshake is closed', async () => {
      const plain = connectPlain({ host: '127.0.0.1', port });
      expect(await writeThenEnd(plain, '')).toBe('');
      expect(await writeThenEnd(await handshake(), '')).toBe('');
    });

    it('plain HTTP gets no answer, and nobody else notices', async () => {
      const socket = connectPlain({ host: '127.0.0.1', port });
      const received = untilClosed(socket);
      socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
      expect(await received).not.toContain('200');
      expect(await ask()).toMatchObject({ status: 200 });
    });
  });

  it('at SIGTERM a request on its way is answered, what is idle or half open is closed, and the exit code is 0', async () => {
    const api = await start();
    const agent = new Agent({ keepAlive: true });
    expect(await ask({ agent })).toMatchObject({ status: 200 });
    const idle = untilClosed(await handshake());
    const halfOpen = untilClosed(connectPlain({ host: '127.0.0.1', port }));
    const body = JSON.stringify(submissionBody({ eventId: randomUUID() }));
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      expect: '100-continue',
    };
    const post = { method: 'POST', path: '/v1/metadata', headers };
    const underWay = Promise.withResolvers<undefined>();
    const answer = ask(post, [body.slice(0, 9), body.slice(9)], () => {
      underWay.resolve(undefined);
    });
    await underWay.promise;
    const startedAt = Date.now();
    expect(await api.stop()).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(CLOSED_WITHIN_MS);
    expect(await answer).toMatchObject({ status: 202 });
    await Promise.all([idle, halfOpen]);
    agent.destroy();
  });

  describe('with TLS_CLIENT_CA_FILE', () => {
    let api: AppProcess;

    beforeAll(async () => {
      api = await start({ TLS_CLIENT_CA_FILE: authority.certFile });
    });
    afterAll(() => api.stop());

    it('a client is served with a certificate of that authority', async () => {
      const { cert, key } = authority.issue('client');
      expect(await ask({ cert, key })).toMatchObject({ status: 200 });
    });

    it('a client is refused without one, on every route', async () => {
      await expect(ask()).rejects.toThrow(/certificate required|ECONNRESET|socket hang up/);
    });

    it('a client is refused with the certificate of another authority', async () => {
      const { cert, key } = stranger.issue('client');
      await expect(ask({ cert, key })).rejects.toThrow(/unknown ca|ECONNRESET|socket hang up/);
    });
  });

  describe('with TLS_CLIENT_CRL_FILE', () => {
    const folder = mkdtempSync(join(tmpdir(), 'crl-'));
    const crlFile = join(folder, 'ca.crl');
    let api: AppProcess;

    function putList(): void {
      const list = authority.revocationList(new Date(Date.now() + 30 * DAY_MS));
      writeFileSync(`${crlFile}.new`, list);
      renameSync(`${crlFile}.new`, crlFile);
    }

    beforeAll(async () => {
      putList();
      api = await start({ TLS_CLIENT_CA_FILE: authority.certFile, TLS_CLIENT_CRL_FILE: crlFile });
    });
    afterAll(async () => {
      await api.stop();
      rmSync(folder, { recursive: true });
    });

    it('a certificate that is revoked meanwhile gets no new connection, and one more answer on an open one', async () => {
      const revoked = authority.issue('revoked');
      const other = authority.issue('other');
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const isServed = (client: RequestOptions): Promise<boolean> =>
        ask(client).then(
          () => true,
          () => false,
        );
      const [anew, onOpen] = [revoked, { ...revoked, agent }];
      expect(await Promise.all([anew, onOpen].map(isServed))).toEqual([true, true]);
      authority.revoke(revoked);
      putList();
      expect(await eventually(async () => !(await isServed(anew)), SEEN_WITHIN_MS)).toBe(true);
      expect([await isServed(onOpen), await isServed(onOpen)]).toEqual([true, false]);
      expect(await isServed(other)).toBe(true);
      agent.destroy();
    });

    it('metrics tell whether the files are usable, and when the list expires', async () => {
      const { text } = await ask({ ...authority.issue('scraper'), path: '/metrics' });
      expect(text).toMatch(/^tls_files_broken 0$/m);
      const [, expiresAt] = /^tls_client_crl_expires_timestamp_seconds (\S+)$/m.exec(text) ?? [];
      expect(Number(expiresAt) - Date.now() / 1000).toBeCloseTo((30 * DAY_MS) / 1000, -3);
    });
  });

  it('files that do not fit are faults of the configuration', async () => {
    const other = stranger.issue('other');
    const faults = async (env: NodeJS.ProcessEnv): Promise<string[]> => {
      const api = AppProcess.spawn('processor-api', { AUTH_MODE: 'off', ...env });
      expect(await api.exited).toBe(1);
      return api.output
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.trim());
    };
    expect(await faults({ TLS_CERT_FILE: server.certFile, TLS_KEY_FILE: other.keyFile })).toEqual([
      'TLS_KEY_FILE: must be the key of the certificate in TLS_CERT_FILE',
    ]);
    expect(await faults({ TLS_CERT_FILE: server.keyFile, TLS_CLIENT_CA_FILE: '/nowhere/ca.pem' })).toEqual([
      'TLS_CERT_FILE: must hold a certificate in PEM',
      'TLS_CLIENT_CA_FILE: must name a readable file',
      'TLS_KEY_FILE: must be set with TLS_CERT_FILE',
    ]);
    const pair = { TLS_CERT_FILE: server.certFile, TLS_KEY_FILE: server.keyFile };
    expect(await faults({ ...pair, TLS_CLIENT_CRL_FILE: server.certFile })).toEqual([
      'TLS_CLIENT_CRL_FILE: must hold lists of revoked certificates in PEM',
      'TLS_CLIENT_CA_FILE: must be set with TLS_CLIENT_CRL_FILE',
    ]);
  });
});
