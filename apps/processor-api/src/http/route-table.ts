import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PipelineError } from '@libs/domain';
import type { MatchedRoute } from './asked-request';
import { MethodNotAllowed } from './problem';

interface Pattern {
  readonly matches: RegExp;
  readonly methods: string[];
}

/**
 * Knows which paths exist for which methods, those with parameters too, of which Fastify tells by pattern only, and
 * those of record routes, which it does not know. Takes no route of Fastify's that does not declare who may ask.
 */
export class RouteTable {
  private readonly exact = new Map<string, string[]>();
  private readonly patterns = new Map<string, Pattern>();

  constructor(server: FastifyInstance, recordPaths: readonly string[]) {
    for (const path of recordPaths) this.add(path, 'POST');
    server.addHook('onRoute', ({ url, method, config }) => {
      if (config?.access === undefined) {
        throw new Error(`the route ${[method].flat().join()} ${url} does not declare its access`);
      }
      for (const name of [method].flat()) this.add(url, name);
    });
  }

  /** Why the request has no route, or another one than its path names; undefined where it is right. */
  refusal({ route, method, url }: FastifyRequest): PipelineError | undefined {
    if (route && !route.pattern.includes(':')) return undefined;
    const path = url.split('?', 1)[0]!;
    // A path of its own is never also the parameter of another: GET /v1/metadata/batch names no event.
    const methods = this.exact.get(path) ?? this.ofPattern(path);
    if (!methods) return route ? undefined : new PipelineError('not_found', 'there is nothing at this path');
    return methods.includes(method) ? undefined : new MethodNotAllowed(methods.toSorted());
  }

  private ofPattern(path: string): readonly string[] | undefined {
    for (const { matches, methods } of this.patterns.values()) if (matches.test(path)) return methods;
    return undefined;
  }

  private add(url: string, method: string): void {
    if (!url.includes(':')) {
      this.exact.set(url, [...(this.exact.get(url) ?? []), method]);
      return;
    }
    const matches = new RegExp(`^${url.replace(/:[A-Za-z]+/g, '[^/]+')}$`);
    const pattern = this.patterns.get(url) ?? { matches, methods: [] };
    pattern.methods.push(method);
    this.patterns.set(url, pattern);
  }
}

/** The route that Fastify found for a request. */
export function matchedRoute({ is404, routeOptions }: FastifyRequest): MatchedRoute | undefined {
  if (is404) return undefined;
  const { url, access } = routeOptions.config;
  return { pattern: url, access };
}
