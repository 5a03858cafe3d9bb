import 'reflect-metadata';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RequestMethod, type DynamicModule, type Type } from '@nestjs/common';
import { METHOD_METADATA, MODULE_METADATA, PATH_METADATA } from '@nestjs/common/constants';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import fastify, { type FastifyContextConfig } from 'fastify';
import { AppModule } from '../app.module';
import { serveConsole } from '../console/serve-console';
import { RECORD_PATHS } from '../ingest/record-routes';
import { openApiDocument, ROUTES } from './document';
import { routeProblems } from './route-doc';
import { PAGE_ROUTES } from './routes/operation-routes';
import { SCHEMAS } from './schemas';
import { serveOpenApi } from './serve-openapi';

type ModuleLike = Type | DynamicModule;

describe('the OpenAPI document', () => {
  const text = `${JSON.stringify(openApiDocument(), null, 2)}\n`;

  it('is what npm run openapi writes to docs/openapi.json', () => {
    expect(readFileSync(join(__dirname, '../../../../docs/openapi.json'), 'utf8')).toBe(text);
  });

  it('passes the recommended rules of Redocly', () => {
    const linter = join(__dirname, 'lint-openapi.mjs');
    const { stdout, stderr } = spawnSync(process.execPath, [linter], { input: text, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.split('\n').slice(0, 20)).toEqual(['']);
  }, 60_000);

  it('tells every route that is answered with the access that it declares, and no other', () => {
    const told = ROUTES.filter((route) => !PAGE_ROUTES.includes(route)).map(
      ({ method, path, access }) => `${method.toUpperCase()} ${path}: ${access}`,
    );
    const recordRoutes = Object.values(RECORD_PATHS).flatMap((paths) =>
      paths.map((path) => `POST ${path}: ingest`),
    );
    expect(told.sort()).toEqual([...controllerRoutes(), ...recordRoutes].sort());
  });

  it('tells of the pages that are served, which are open; the files below them go without saying', () => {
    const served: string[] = [];
    const server = fastify({ exposeHeadRoutes: false });
    server.addHook('onRoute', ({ method, url, config }) => {
      served.push(`${String(method)} ${url}: ${config?.access}`);
    });
    serveOpenApi(server);
    serveConsole(server);
    const told = PAGE_ROUTES.map(({ method, path, access }) => `${method.toUpperCase()} ${path}: ${access}`);
    const isBelow = (line: string): boolean => /^GET \/(?:docs|console)\/[^:]*: open$/.test(line);
    expect(served.filter((line) => !isBelow(line)).sort()).toEqual(told.sort());
  });

  it('tells each status once: an answer is no problem', () => {
    for (const route of ROUTES) {
      const problems = [...routeProblems(route).keys()].map(String);
      expect(problems.filter((status) => status in route.answers)).toEqual([]);
    }
  });

  it('has examples that keep to their schemas', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats(ajv);
    ajv.addSchema({ $id: 'openapi.json', components: { schemas: SCHEMAS } });
    const faults: [string, ErrorObject[] | null | undefined][] = [];
    const check = (name: string, value: unknown): void => {
      const validate = ajv.getSchema(`openapi.json#/components/schemas/${name}`)!;
      if (validate(value) !== true) faults.push([name, validate.errors]);
    };
    for (const { body, answers } of ROUTES) {
      for (const { schema, examples = {} } of Object.values(body?.content ?? {})) {
        for (const { value } of Object.values(examples)) check(schema, value);
      }
      for (const { schema, example } of Object.values(answers).flatMap(({ content = {} }) =>
        Object.values(content),
      )) {
        if (typeof schema === 'string') check(schema, example);
      }
    }
    expect(faults).toEqual([]);
  });
});

/** `METHOD /path: access` of every handler of the application, as OpenAPI writes them. */
function controllerRoutes(): Set<string> {
  const routes = new Set<string>();
  for (const controller of controllersOf(AppModule.withReads(undefined))) {
    const base = Reflect.getMetadata(PATH_METADATA, controller) as string;
    for (const name of Object.getOwnPropertyNames(controller.prototype)) {
      if (name === 'constructor') continue;
      const handler = (controller.prototype as Record<string, object>)[name]!;
      const paths = Reflect.getMetadata(PATH_METADATA, handler) as string | string[] | undefined;
      if (paths === undefined) continue;
      const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
      const declared = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, handler) as
        FastifyContextConfig | undefined;
      for (const path of [paths].flat()) routes.add(`${method} ${joined(base, path)}: ${declared?.access}`);
    }
  }
  return routes;
}

function joined(...parts: readonly string[]): string {
  const path = parts.map((part) => part.replace(/^\/|\/$/g, '')).filter((part) => part !== '');
  return `/${path.join('/')}`.replace(/:([A-Za-z]+)/g, '{$1}');
}

function controllersOf(given: ModuleLike, seen = new Set<unknown>()): Type[] {
  if (seen.has(given)) return [];
  seen.add(given);
  const type = 'module' in given ? given.module : given;
  const dynamic = 'module' in given ? given : undefined;
  const imports = [
    ...((Reflect.getMetadata(MODULE_METADATA.IMPORTS, type) ?? []) as ModuleLike[]),
    ...((dynamic?.imports ?? []) as ModuleLike[]),
  ].filter((one) => typeof one === 'function' || 'module' in one);
  const own = (Reflect.getMetadata(MODULE_METADATA.CONTROLLERS, type) ?? []) as Type[];
  return [...own, ...(dynamic?.controllers ?? []), ...imports.flatMap((one) => controllersOf(one, seen))];
}
