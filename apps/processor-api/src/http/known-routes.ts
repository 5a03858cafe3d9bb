import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PipelineError } from '@libs/domain';
import { MethodNotAllowed } from './problem';

interface Pattern {
  readonly matches: RegExp;
  readonly methods: string[];
}

/**
 * Knows which paths exist for which methods, those with parameters too, of which Fastify tells by pattern only, and
 * those of record routes, which it does not know.
 */
export class KnownRoutes {
  private readonly exact = new Map<string, string[]>();
  private readonly patterns = new Map<string, Pattern>();

  constructor(server: FastifyInstance, recordPaths: readonly string[]) {
    for (const path of recordPaths) this.add(path, 'POST');
    server.addHook('onRoute', ({ url, method }) => {
      for (const name of [method].flat()) this.add(url, name);
    });
  }

  /** Why the request has no route, or another one than its path names; undefined where it is right. */
  refusal({ is404, routeOptions, method, url }: FastifyRequest): PipelineError | undefined {
    if (!is404 && !routeOptions.url?.includes(':')) return undefined;
    const path = url.split('?', 1)[0]!;
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
    if (url.includes('*')) return;
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
