import { PipelineError } from '@libs/domain';
import { childPointer, type Violations } from '../validation/violations';

/**
 * The parameters behind the `?` of a request target, each of them a text: brackets have no meaning, and a name that
 * comes twice is a fault. `+` is a space, as forms and URLSearchParams write it.
 *
 * @throws PipelineError `invalid_request` where something is not percent-encoded UTF-8
 */
export function readQueryString(target: string, violations: Violations): Record<string, string> {
  const start = target.indexOf('?');
  const parameters = new Map<string, string>();
  const repeated = new Set<string>();
  const pairs = start === -1 ? [] : target.slice(start + 1).split('&');
  for (const pair of pairs.filter((text) => text !== '')) {
    const at = pair.indexOf('=');
    const name = decode(at === -1 ? pair : pair.slice(0, at));
    if (parameters.has(name)) repeated.add(name);
    parameters.set(name, at === -1 ? '' : decode(pair.slice(at + 1)));
  }
  for (const name of repeated) {
    violations.add(childPointer('', name), 'out_of_range', 'must be given once');
    parameters.delete(name);
  }
  return Object.fromEntries(parameters);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    throw new PipelineError('invalid_request', 'the query string is not percent-encoded UTF-8', { cause });
  }
}
