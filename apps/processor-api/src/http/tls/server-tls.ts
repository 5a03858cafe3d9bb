import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ServerOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import { z } from 'zod';
import { ConfigurationFault, type CrossCheck } from '@libs/platform';
import { revocationLists } from './revocation-list';

/** TLS in the process itself, where no load balancer before it ends it. */
export const serverTlsSettings = {
  TLS_CERT_FILE: z.string().optional(),
  TLS_KEY_FILE: z.string().optional(),
  TLS_CLIENT_CA_FILE: z.string().optional(),
  TLS_CLIENT_CRL_FILE: z.string().optional(),
};

type TlsName = keyof typeof serverTlsSettings;
const NAMES = Object.keys(serverTlsSettings) as readonly TlsName[];

/** The path that each variable names. */
export type TlsFiles = Readonly<Partial<Record<TlsName, string | undefined>>>;
type TlsContents = Readonly<Partial<Record<TlsName, Buffer>>>;

/** What the server needs of the files. */
export interface TlsOptions extends Pick<
  ServerOptions,
  'cert' | 'key' | 'ca' | 'minVersion' | 'ciphers' | 'requestCert' | 'rejectUnauthorized' | 'handshakeTimeout'
> {
  /** Node reads the first list of a text alone, so each is a text of its own. */
  readonly crl?: string[];
}

export interface ServerTls {
  readonly files: TlsFiles;
  /** Of the files as they were at start. */
  readonly options: TlsOptions;
}

/** Forward secrecy and authenticated encryption only, for TLS 1.3 and for TLS 1.2. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Which variable each one requires. */
const REQUIRED: readonly (readonly [missing: TlsName, given: TlsName])[] = [
  ['TLS_CERT_FILE', 'TLS_KEY_FILE'],
  ['TLS_KEY_FILE', 'TLS_CERT_FILE'],
  ['TLS_CERT_FILE', 'TLS_CLIENT_CA_FILE'],
  ['TLS_CLIENT_CA_FILE', 'TLS_CLIENT_CRL_FILE'],
];

/** Faults of the TLS variables, each with the name of the one to correct. */
export const serverTlsFaults: CrossCheck = (given) => faultsOf(given, contentsOf(given));

/** What the server needs of a checked environment; undefined where it speaks plain HTTP. @throws ConfigurationFault */
export function toServerTls(env: TlsFiles): ServerTls | undefined {
  if (env.TLS_CERT_FILE === undefined) return undefined;
  const files = Object.fromEntries(NAMES.map((name) => [name, env[name]]));
  return { files, options: readServerTls(files) };
}

/** What the server needs of the files as they are now. @throws ConfigurationFault */
export function readServerTls(files: TlsFiles): TlsOptions {
  const contents = contentsOf(files);
  const faults = faultsOf(files, contents);
  if (faults.length > 0) throw new ConfigurationFault(faults);
  const {
    TLS_CERT_FILE: cert,
    TLS_KEY_FILE: key,
    TLS_CLIENT_CA_FILE: ca,
    TLS_CLIENT_CRL_FILE: crl,
  } = contents;
  return {
    ...(cert && { cert }),
    ...(key && { key }),
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    ...(ca && { ca, requestCert: true, rejectUnauthorized: true }),
    ...(crl && { crl: revocationLists(crl) }),
  };
}

function faultsOf(files: TlsFiles, contents: TlsContents): readonly string[] {
  const faults = NAMES.flatMap((name) => {
    if (files[name] === undefined) return [];
    const pem = contents[name];
    if (pem === undefined) return [`${name}: must name a readable file`];
    return isOfItsKind(name, pem) ? [] : [`${name}: must hold ${KINDS[name]} in PEM`];
  });
  for (const [missing, given] of REQUIRED) {
    if (files[given] === undefined || files[missing] !== undefined) continue;
    faults.push(`${missing}: must be set with ${given}`);
  }
  const { TLS_CERT_FILE: cert, TLS_KEY_FILE: key } = contents;
  if (faults.length > 0 || !cert || !key) return faults;
  const isPair = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  return isPair ? [] : ['TLS_KEY_FILE: must be the key of the certificate in TLS_CERT_FILE'];
}

const KINDS: Readonly<Record<TlsName, string>> = {
  TLS_CERT_FILE: 'a certificate',
  TLS_KEY_FILE: 'an unencrypted private key',
  TLS_CLIENT_CA_FILE: 'certificates',
  TLS_CLIENT_CRL_FILE: 'lists of revoked certificates',
};

function isOfItsKind(name: TlsName, pem: Buffer): boolean {
  try {
    if (name === 'TLS_KEY_FILE') return Boolean(createPrivateKey(pem));
    if (name === 'TLS_CLIENT_CRL_FILE') {
      return Boolean(createSecureContext({ crl: revocationLists(pem) }));
    }
    return Boolean(createSecureContext({ ca: pem, cert: new X509Certificate(pem).toString() }));
  } catch {
    return false;
  }
}

function contentsOf(files: TlsFiles): TlsContents {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const pem = readable(files[name]);
      return pem ? [[name, pem]] : [];
    }),
  );
}

function readable(path: string | undefined): Buffer | undefined {
  try {
    return path === undefined ? undefined : readFileSync(path);
  } catch {
    return undefined;
  }
}
