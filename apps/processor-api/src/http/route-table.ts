import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PipelineError } from '@libs/domain';
import { isKeyless } from '../access/scope';
import type { MatchedRoute } from './asked-request';
import { MethodNotAllowed } from './problems/problem';

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
  private readonly keyless = new Map<string, MatchedRoute>();

  constructor(server: FastifyInstance, recordPaths: readonly string[]) {
    for (const path of recordPaths) this.add(path, 'POST');
    server.addHook('onRoute', ({ url, method, config }) => {
      const access = config?.access;
      if (access === undefined) {
        throw new Error(`the route ${[method].flat().join()} ${url} does not declare its access`);
      }
      for (const name of [method].flat()) this.add(url, name);
      if (isKeyless(access)) this.keyless.set(url, { pattern: url, access });
    });
  }

  /**
   * The route that Fastify found for a request. Where it found none for the method, everybody may be told so of a path
   * that everybody may ask for.
   */
  routeOf({ is404, routeOptions, url }: FastifyRequest): MatchedRoute | undefined {
    if (is404) return this.keyless.get(pathOf(url));
    const { url: pattern, access } = routeOptions.config;
    return { pattern, access };
  }

  /** Why the request has no route, or another one than its path names; undefined where it is right. */
  refusal({ is404, route, method, url }: FastifyRequest): PipelineError | undefined {
    if (!is404 && !route?.pattern.includes(':')) return undefined;
    const path = pathOf(url);
    // A path of its own is never also the parameter of another: GET /v1/metadata/batch names no event.
    const methods = this.exact.get(path) ?? this.ofPattern(path);
    if (!methods) return is404 ? new PipelineError('not_found', 'there is nothing at this path') : undefined;
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

function pathOf(url: string): string {
  return url.split('?', 1)[0]!;
}
