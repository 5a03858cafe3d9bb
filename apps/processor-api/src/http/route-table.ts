import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PipelineError } from '@libs/domain';
import type { RouteAccess } from '@libs/platform';
import { isKeyless } from '../access/api-key';
import { MethodNotAllowed } from './problems/problem';
import type { MatchedRoute } from './request-info';
import { NOT_CANONICAL, pathOf } from './request-target';

interface Path {
  readonly methods: string[];
  /** Of its first method: a path needs no key for all its methods, or for none. */
  readonly access: RouteAccess;
}

interface Pattern {
  readonly matches: RegExp;
  readonly methods: string[];
}

const CANONICAL_ADVICE =
  'the path must be canonical: nothing percent-encoded, no empty or dot segments, no fragment';

/**
 * Knows which paths exist for which methods, those with parameters too, of which Fastify tells by pattern only. Takes
 * no route of Fastify's that does not declare who may ask.
 */
@Injectable()
export class RouteTable {
  private readonly paths = new Map<string, Path>();
  private readonly patterns = new Map<string, Pattern>();

  /** Before the framework has any route. */
  watch(server: FastifyInstance): void {
    server.addHook('onRoute', ({ url, method, config }) => {
      const access = config?.access;
      if (access === undefined) {
        throw new Error(`the route ${[method].flat().join()} ${url} does not declare its access`);
      }
      for (const name of [method].flat()) this.add(url, name, access);
    });
  }

  /**
   * The route that Fastify found for a request. Where it found none for the method, everybody may be told so of a path
   * that everybody may ask for.
   */
  routeOf({ is404, routeOptions, url }: FastifyRequest): MatchedRoute | undefined {
    const { url: pattern, access } = routeOptions.config;
    if (!is404) return { pattern, access };
    const path = pathOf(url);
    const keyless = this.paths.get(path)?.access;
    return isKeyless(keyless) ? { pattern: path, access: keyless } : undefined;
  }

  /** Why the request has no route, or another one than its path names; undefined where it is right. */
  refusal({ is404, route, method, url }: FastifyRequest): PipelineError | undefined {
    if (!is404 && !route?.pattern.includes(':')) return undefined;
    if (url === NOT_CANONICAL) return new PipelineError('invalid_request', CANONICAL_ADVICE);
    const path = pathOf(url);
    // A path of its own is never also the parameter of another: GET /v1/metadata/batch names no event.
    const methods = this.paths.get(path)?.methods ?? this.ofPattern(path);
    if (!methods) return is404 ? new PipelineError('not_found', 'there is nothing at this path') : undefined;
    return methods.includes(method) ? undefined : new MethodNotAllowed(methods.toSorted());
  }

  private ofPattern(path: string): readonly string[] | undefined {
    for (const { matches, methods } of this.patterns.values()) if (matches.test(path)) return methods;
    return undefined;
  }

  add(url: string, method: string, access: RouteAccess): void {
    if (!url.includes(':')) {
      const path = this.paths.get(url) ?? { methods: [], access };
      path.methods.push(method);
      this.paths.set(url, path);
      return;
    }
    const matches = new RegExp(`^${url.replace(/:[A-Za-z]+/g, '[^/]+')}$`);
    const pattern = this.patterns.get(url) ?? { matches, methods: [] };
    pattern.methods.push(method);
    this.patterns.set(url, pattern);
  }
}
