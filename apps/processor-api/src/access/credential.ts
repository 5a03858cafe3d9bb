import type { IncomingMessage } from 'node:http';

const BEARER = /^bearer +([^ ]+) *$/i;
const CARRIERS: readonly string[] = ['authorization', 'x-api-key'];

/**
 * Takes the API key out of a request's headers, so that nothing that looks at them later can tell it. Undefined where
 * none was sent, or two that differ.
 */
export function takeCredential(request: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): string | undefined {
  const { authorization, 'x-api-key': given } = request.headers;
  if (authorization === undefined && given === undefined) return undefined;
  conceal(request);
  const fromHeader = Array.isArray(given) ? given.join() : given;
  if (authorization === undefined) return fromHeader;
  const bearer = BEARER.exec(authorization)?.[1];
  return fromHeader === undefined || fromHeader === bearer ? bearer : undefined;
}

function conceal({ headers, rawHeaders }: Pick<IncomingMessage, 'headers' | 'rawHeaders'>): void {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (CARRIERS.includes(rawHeaders[at]!.toLowerCase())) rawHeaders[at + 1] = '';
  }
  // Not deleted: an object that lost a property is slower for everybody who reads it after.
  headers.authorization = undefined;
  headers['x-api-key'] = undefined;
}
