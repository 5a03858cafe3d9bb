import type { IncomingMessage } from 'node:http';

const BEARER = /^bearer +([^ ]+) *$/i;

/**
 * Takes the API key out of a request's headers, so that nothing that looks at them later can tell it. Undefined where
 * none was sent, or two that differ: in `headers` Node keeps one of them, and a proxy in front perhaps the other.
 */
export function takeCredential({
  headers,
  rawHeaders,
}: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): string | undefined {
  if (headers.authorization === undefined && headers['x-api-key'] === undefined) return undefined;
  const sent = new Set<string | undefined>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (name !== 'authorization' && name !== 'x-api-key') continue;
    const value = rawHeaders[at + 1]!;
    sent.add(name === 'authorization' ? BEARER.exec(value)?.[1] : value);
    rawHeaders[at + 1] = '';
  }
  // Not deleted: an object that lost a property is slower for everybody who reads it after.
  headers.authorization = undefined;
  headers['x-api-key'] = undefined;
  return sent.size === 1 ? [...sent][0] : undefined;
}
