import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A certificate authority of the test's own, made with openssl. */
export class CertificateAuthority {
  private readonly directory = mkdtempSync(join(tmpdir(), 'certificates-'));
  readonly certFile = join(this.directory, 'ca.pem');
  private readonly keyFile = join(this.directory, 'ca.key');

  constructor(name = 'test authority') {
    const subject = ['-subj', `/CN=${name}`, '-days', '2'];
    this.openssl('req', '-x509', ...newKey(this.keyFile), '-out', this.certFile, ...subject);
  }

  get cert(): Buffer {
    return readFileSync(this.certFile);
  }

  /** A certificate for localhost and 127.0.0.1, for a server or a client. */
  issue(name: string): Certificate {
    const [certFile, keyFile] = [join(this.directory, `${name}.pem`), join(this.directory, `${name}.key`)];
    const [request, names] = [join(this.directory, `${name}.csr`), join(this.directory, `${name}.ext`)];
    writeFileSync(names, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
    this.openssl('req', ...newKey(keyFile), '-out', request, '-subj', `/CN=${name}`);
    const signed = ['-CA', this.certFile, '-CAkey', this.keyFile, '-CAcreateserial', '-days', '2'];
    this.openssl('x509', '-req', '-in', request, ...signed, '-extfile', names, '-out', certFile);
    return { certFile, keyFile, cert: readFileSync(certFile), key: readFileSync(keyFile) };
  }

  /** From now on the certificate is in every list of revoked ones that is made. */
  revoke({ certFile }: Certificate): void {
    this.openssl('ca', '-config', this.configFile(), '-revoke', certFile);
  }

  /** The list of revoked certificates, in PEM; it may be used until `nextUpdate`. */
  revocationList(nextUpdate: Date): string {
    const until = nextUpdate.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
    const times = ['-crl_lastupdate', '20200101000000Z', '-crl_nextupdate', until];
    const file = join(this.directory, 'crl.pem');
    this.openssl('ca', '-config', this.configFile(), '-gencrl', ...times, '-out', file);
    return readFileSync(file, 'utf8');
  }

  remove(): void {
    rmSync(this.directory, { recursive: true });
  }

  /** What `openssl ca` cannot do without. */
  private configFile(): string {
    const [file, index] = [join(this.directory, 'ca.cnf'), join(this.directory, 'index.txt')];
    const own = {
      database: index,
      certificate: this.certFile,
      private_key: this.keyFile,
      default_md: 'sha256',
    };
    const lines = Object.entries(own).map(([name, value]) => `${name} = ${value}\n`);
    writeFileSync(file, `[ca]\ndefault_ca = own\n[own]\n${lines.join('')}`);
    writeFileSync(index, '', { flag: 'a' });
    return file;
  }

  private openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { stdio: 'pipe' });
  }
}

function newKey(file: string): readonly string[] {
  return ['-newkey', 'rsa:2048', '-nodes', '-keyout', file];
}
