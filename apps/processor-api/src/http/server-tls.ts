import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ServerOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import { z } from 'zod';
import type { CrossCheck } from '@libs/platform';

/** TLS in the process itself, where no load balancer before it ends it. */
export const serverTlsSettings = {
  TLS_CERT_FILE: z.string().optional(),
  TLS_KEY_FILE: z.string().optional(),
  TLS_CLIENT_CA_FILE: z.string().optional(),
};

export type ServerTls = Pick<
  ServerOptions,
  'cert' | 'key' | 'ca' | 'minVersion' | 'ciphers' | 'requestCert' | 'rejectUnauthorized' | 'handshakeTimeout'
>;

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
const NAMES = ['TLS_CERT_FILE', 'TLS_KEY_FILE', 'TLS_CLIENT_CA_FILE'] as const;

type TlsEnvironment = z.output<z.ZodObject<typeof serverTlsSettings>>;

/** Faults of the TLS variables, each with the name of the one to correct. */
export const serverTlsFaults: CrossCheck = (given) => {
  const files = new Map(NAMES.map((name) => [name, readable(given[name])]));
  const faults = NAMES.flatMap((name) => {
    if (given[name] === undefined) return [];
    const file = files.get(name);
    if (file === undefined) return [`${name}: must name a readable file`];
    return isOfItsKind(name, file) ? [] : [`${name}: must hold ${KINDS[name]} in PEM`];
  });
  if (given.TLS_CERT_FILE === undefined && given.TLS_KEY_FILE !== undefined) {
    faults.push('TLS_CERT_FILE: must be set with TLS_KEY_FILE');
  }
  if (given.TLS_KEY_FILE === undefined && given.TLS_CERT_FILE !== undefined) {
    faults.push('TLS_KEY_FILE: must be set with TLS_CERT_FILE');
  }
  if (given.TLS_CLIENT_CA_FILE !== undefined && given.TLS_CERT_FILE === undefined) {
    faults.push('TLS_CERT_FILE: must be set with TLS_CLIENT_CA_FILE');
  }
  const [cert, key] = [files.get('TLS_CERT_FILE'), files.get('TLS_KEY_FILE')];
  if (
    faults.length === 0 &&
    cert &&
    key &&
    !new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  ) {
    faults.push('TLS_KEY_FILE: must be the key of the certificate in TLS_CERT_FILE');
  }
  return faults;
};

/** What the server needs of a checked environment; undefined where it speaks plain HTTP. */
export function toServerTls(env: TlsEnvironment): ServerTls | undefined {
  const [cert, key, ca] = NAMES.map((name) => readable(env[name]));
  if (!cert || !key) return undefined;
  return {
    cert,
    key,
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    ...(ca && { ca, requestCert: true, rejectUnauthorized: true }),
  };
}

const KINDS = {
  TLS_CERT_FILE: 'a certificate',
  TLS_KEY_FILE: 'an unencrypted private key',
  TLS_CLIENT_CA_FILE: 'certificates',
} as const;

function isOfItsKind(name: (typeof NAMES)[number], pem: Buffer): boolean {
  try {
    if (name === 'TLS_KEY_FILE') createPrivateKey(pem);
    else createSecureContext({ ca: pem, cert: new X509Certificate(pem).toString() });
    return true;
  } catch {
    return false;
  }
}

function readable(path: string | undefined): Buffer | undefined {
  try {
    return path === undefined ? undefined : readFileSync(path);
  } catch {
    return undefined;
  }
}
