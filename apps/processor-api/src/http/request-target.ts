import type { IncomingMessage } from 'node:http';

const ABSOLUTE_FORM = /^https?:\/\/([^/?#@\\:][^/?#@\\]*)([/?].*)?$/i;
/** Not empty, `.` or `..`; all characters of a path (RFC 3986) but percent-encoded ones, which no path here needs. */
const SEGMENT = String.raw`(?!\.{1,2}(?:[/?]|$))[\w.~!$&'()*+,;=:@-]+`;
const CANONICAL = new RegExp(`^/(?:${SEGMENT}(?:/${SEGMENT})*/?)?(?:\\?[^#]*)?$`);
const LAST_SLASH = /^([^?]+)\/(?=\?|$)/;

/** Takes the place of every target that is not in canonical form: it is none itself, so that no route matches it. */
export const NOT_CANONICAL = '//';

/** Takes the place of `*`, the server as a whole, which OPTIONS may ask for: no other target can become it. */
export const WHOLE_SERVER = '//*';

/**
 * Brings the target of a request into the one form in which it is routed: without one slash at its end. Of an absolute
 * target its authority takes the place of the Host (RFC 9112, section 3.2.2). The target becomes NOT_CANONICAL where two
 * programs could take its path for different routes.
 */
export function normalizeTarget(request: Pick<IncomingMessage, 'method' | 'url' | 'headers'>): void {
  const absolute = ABSOLUTE_FORM.exec(request.url ?? '');
  if (absolute) {
    // Without a path OPTIONS asks for the whole server (RFC 9112, section 3.2.4).
    const [, authority, rest = request.method === 'OPTIONS' ? '*' : '/'] = absolute;
    request.headers.host = authority;
    request.url = rest.startsWith('?') ? `/${rest}` : rest;
  }
  request.url = canonicalForm(request);
}

function canonicalForm({ method, url = '' }: Pick<IncomingMessage, 'method' | 'url'>): string {
  if (method === 'OPTIONS' && url === '*') return WHOLE_SERVER;
  return CANONICAL.test(url) ? url.replace(LAST_SLASH, '$1') : NOT_CANONICAL;
}

/** The path of a target in canonical form. */
export function pathOf(url = ''): string {
  return url.split('?', 1)[0]!;
}
