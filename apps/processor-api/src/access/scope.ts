/** What a key may be good for. */
export const SCOPES = ['ingest', 'read'] as const;
export type Scope = (typeof SCOPES)[number];

const READING_METHODS: readonly string[] = ['GET', 'HEAD'];
/** The one read whose question needs a body. */
const SEARCH_PATH = '/v1/metadata/search';

/** The scope a request needs: whatever does not read counts as a write, so that a new route is never open by default. */
export function requiredScope(method: string, path: string): Scope {
  const reads = READING_METHODS.includes(method) || (method === 'POST' && path === SEARCH_PATH);
  return reads ? 'read' : 'ingest';
}
