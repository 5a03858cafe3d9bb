import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PipelineError } from '@libs/domain';
import type { RouteAccess } from '@libs/platform';
import { isKeyless } from '../access/api-key';
import { MethodNotAllowed } from './problems/problem';
import type { MatchedRoute } from './request-info';
import { NOT_CANONICAL, pathOf, WHOLE_SERVER } from './request-target';

/** Its access is that of its first method: a path needs no key for all its methods, or for none. */
interface Path extends MatchedRoute {
  readonly methods: Set<string>;
  /** Where it has parameters. */
  readonly matches?: RegExp;
}

const CANONICAL_ADVICE =
  'the path must be canonical: nothing percent-encoded, no empty or dot segments, no fragment';

/**
 * Knows which paths exist for which methods, those with parameters too, of which Fastify tells by pattern only. Takes
 * no route of Fastify's that does not declare who may ask.
 */
@Injectable()
export class RouteTable {
  private readonly wholeServer: Path = { pattern: '*', access: 'open', methods: new Set(['OPTIONS']) };
  /** By pattern. */
  private readonly paths = new Map([[WHOLE_SERVER, this.wholeServer]]);

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
   * that everybody may ask for, and by OPTIONS of any path.
   */
  routeOf({ is404, method, routeOptions, url }: FastifyRequest): MatchedRoute | undefined {
    const { url: pattern, access } = routeOptions.config;
    if (!is404) return { pattern, access };
    const path = this.pathAt(url);
    if (path && method === 'OPTIONS') return { pattern: path.pattern, access: 'open' };
    return isKeyless(path?.access) ? path : undefined;
  }

  /** Why the request has no route, or another one than its path names; undefined where it is right. */
  refusal({ is404, route, method, url }: FastifyRequest): PipelineError | undefined {
    if (!is404 && !route?.pattern.includes(':')) return undefined;
    if (url === NOT_CANONICAL) return new PipelineError('invalid_request', CANONICAL_ADVICE);
    // A path of its own is never also the parameter of another: GET /v1/metadata/batch names no event.
    const path = this.pathAt(url);
    if (!path) return is404 ? new PipelineError('not_found', 'there is nothing at this path') : undefined;
    return path.methods.has(method) ? undefined : new MethodNotAllowed(this.methodsAt(url));
  }

  /** The methods of the path of a target, in order; of the whole server all that any path has. */
  methodsAt(url: string): readonly string[] {
    return [...(this.pathAt(url)?.methods ?? [])].sort();
  }

  add(pattern: string, method: string, access: RouteAccess): void {
    const path = this.paths.get(pattern) ?? newPath(pattern, access);
    this.paths.set(pattern, path);
    for (const { methods } of [path, this.wholeServer]) methods.add(method);
  }

  private pathAt(url: string): Path | undefined {
    const given = pathOf(url);
    return this.paths.get(given) ?? [...this.paths.values()].find(({ matches }) => matches?.test(given));
  }
}

function newPath(pattern: string, access: RouteAccess): Path {
  const path = { pattern, access, methods: new Set(['OPTIONS']) };
  if (!pattern.includes(':')) return path;
  return { ...path, matches: new RegExp(`^${pattern.replace(/:[A-Za-z]+/g, '[^/]+')}$`) };
}
