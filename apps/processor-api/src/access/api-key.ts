import { hash, randomBytes } from 'node:crypto';
import type { RouteAccess } from '@libs/platform';

/** Lets people and secret scanners tell what a found text is. */
const PREFIX = 'gmk_';
const SECRET_BYTES = 32;
const FORM = /^gmk_[A-Za-z0-9_-]{43}$/;

/** What a key may be good for. */
export const SCOPES = ['ingest', 'read'] as const;
export type Scope = (typeof SCOPES)[number];

const KEYLESS: readonly (RouteAccess | undefined)[] = ['open', 'health', 'metrics'];

/**
 * Whether everybody may ask without a key. Not where a request has no route: then a key is needed as well, so that
 * nobody else learns what exists.
 */
export function isKeyless(access: RouteAccess | undefined): access is Exclude<RouteAccess, Scope> {
  return KEYLESS.includes(access);
}

/** A new API key: 256 random bits, so that nobody finds one by trying and a plain hash is safe to keep. */
export function newApiKey(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64url');
}

/** Whether a text can be a key at all. */
export function isApiKey(text: string): boolean {
  return FORM.test(text);
}

/** SHA-256 of a key in hexadecimal digits: all that is ever stored of it. */
export function digestOf(apiKey: string): string {
  return hash('sha256', apiKey);
}
