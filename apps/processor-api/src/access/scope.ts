import type { RouteAccess } from '@libs/platform';

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
