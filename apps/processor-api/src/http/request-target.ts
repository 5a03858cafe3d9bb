import type { IncomingMessage } from 'node:http';

const ABSOLUTE_FORM = /^https?:\/\/([^/?#@\\]+)([/?].*)?$/i;
/** Not empty, `.` or `..`; all characters of a path (RFC 3986) but percent-encoded ones, which no path here needs. */
const SEGMENT = String.raw`(?!\.{1,2}(?:[/?]|$))[\w.~!$&'()*+,;=:@-]+`;
const CANONICAL = new RegExp(`^/(?:${SEGMENT}(?:/${SEGMENT})*/?)?(?:\\?[^#]*)?$`);

/** Takes the place of every target that is not in canonical form: it is none itself, so that no route matches it. */
export const NOT_CANONICAL = '//';

/**
 * Brings the target of a request into the one form in which it is routed. Of an absolute target its authority takes
 * the place of the Host (RFC 9112, section 3.2.2). False where the path is not in canonical form, and the target is
 * NOT_CANONICAL then: two programs could take it for different routes.
 */
export function normalizeTarget(request: Pick<IncomingMessage, 'url' | 'headers'>): boolean {
  const [, authority, rest = ''] = ABSOLUTE_FORM.exec(request.url ?? '') ?? [];
  if (authority !== undefined) {
    request.headers.host = authority;
    request.url = rest.startsWith('/') ? rest : `/${rest}`;
  }
  if (CANONICAL.test(request.url ?? '')) return true;
  request.url = NOT_CANONICAL;
  return false;
}

/** The path of a target in canonical form. */
export function pathOf(url = ''): string {
  return url.split('?', 1)[0]!;
}
