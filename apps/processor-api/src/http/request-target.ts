import type { IncomingMessage } from 'node:http';

const ABSOLUTE_FORM = /^https?:\/\/([^/?#@\\]+)([/?].*)?$/i;
/** Not empty, `.` or `..`; all characters of a path (RFC 3986) but percent-encoded ones, which no path here needs. */
const SEGMENT = String.raw`(?!\.{1,2}(?:[/?]|$))[\w.~!$&'()*+,;=:@-]+`;
const CANONICAL = new RegExp(`^/(?:${SEGMENT}(?:/${SEGMENT})*/?)?(?:\\?[^#]*)?$`);

/**
 * Brings the target of a request into the one form in which it is routed, whoever routes it. Of an absolute target its
 * authority takes the place of the Host (RFC 9112, section 3.2.2). False where the path is not in canonical form: two
 * programs could take it for different routes.
 */
export function normalizeTarget(request: Pick<IncomingMessage, 'url' | 'headers'>): boolean {
  const [, authority, rest = ''] = ABSOLUTE_FORM.exec(request.url ?? '') ?? [];
  if (authority !== undefined) {
    request.headers.host = authority;
    request.url = rest.startsWith('/') ? rest : `/${rest}`;
  }
  return CANONICAL.test(request.url ?? '');
}
