import { STATUS_CODES } from 'node:http';
import { DocumentBuilder, type OpenAPIObject } from '@nestjs/swagger';
import type { JsonSchema } from '@libs/contracts';
import { ERROR_CATALOGUE, type ErrorCode } from '@libs/domain';
import { isKeyless } from '../access/api-key';
import { RETRY_AFTER_SECONDS } from '../http/problems/problem';
import { HEADERS, type HeaderName } from './headers';
import { PARAMETERS } from './parameters';
import { routeProblems, type RouteDoc } from './route-doc';
import { OPERATION_ROUTES, PAGE_ROUTES } from './routes/operation-routes';
import { READ_ROUTES } from './routes/read-routes';
import { WRITE_ROUTES } from './routes/write-routes';
import { component } from './schema-types';
import { SCHEMAS, type SchemaName } from './schemas';

/** Every route of the API that the document tells. */
export const ROUTES: readonly RouteDoc[] = [
  ...WRITE_ROUTES,
  ...READ_ROUTES,
  ...OPERATION_ROUTES,
  ...PAGE_ROUTES,
];

const KEYS = [{ ApiKey: [] }, { Bearer: [] }];

/** The whole API as an OpenAPI 3.1 document. */
export function openApiDocument(): OpenAPIObject {
  const base = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('GPU metadata pipeline: processor API')
    .setDescription(
      'Takes embeddings with the hardware that computed them, and reads them back. Every answer that is no success ' +
        'is an RFC 9457 problem with a stable `code`.',
    )
    .setVersion('1')
    .addServer('/', 'Where this document came from')
    .addApiKey(
      { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'npm run keys -- create' },
      'ApiKey',
    )
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'The same key' }, 'Bearer')
    .addTag('write', 'Records onto Kafka')
    .addTag('read', 'Answers from the database')
    .addTag('operation', 'For whoever runs the API')
    .build();
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of ROUTES) paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  return {
    ...base,
    components: {
      ...base.components,
      schemas: SCHEMAS,
      parameters: mapEntries(PARAMETERS, (name, doc) => [componentOf(name), { name, ...doc }]),
      headers: mapEntries(HEADERS, (name, doc) => [componentOf(name), doc]),
    },
    paths,
  } as unknown as OpenAPIObject;
}

function operation(route: RouteDoc): JsonSchema {
  const { operationId, tag, summary, description, access, parameters = [], body, answers } = route;
  const limits: readonly HeaderName[] = isKeyless(access) ? [] : ['RateLimit', 'RateLimit-Policy'];
  const responses: Record<string, unknown> = {};
  for (const [status, { description, headers = [], content }] of Object.entries(answers)) {
    responses[status] = {
      description,
      ...headersOf([...headers, ...limits]),
      ...(content && { content: contentOf(content) }),
    };
  }
  for (const [status, codes] of routeProblems(route)) responses[status] = problem(status, codes);
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: isKeyless(access) ? [] : KEYS,
    ...(parameters.length > 0 && {
      parameters: parameters.map((name) => ({ $ref: `#/components/parameters/${componentOf(name)}` })),
    }),
    ...(body && {
      requestBody: { required: true, description: body.description, content: contentOf(body.content) },
    }),
    responses,
  };
}

/** One status with its codes; the example is the first of them. */
function problem(status: number, codes: readonly ErrorCode[]): JsonSchema {
  const [first] = codes;
  const headers: HeaderName[] = [
    ...(status === 415 ? (['Accept-Encoding'] as const) : []),
    ...(status === 401 ? (['WWW-Authenticate'] as const) : []),
    ...(codes.some((code) => RETRY_AFTER_SECONDS[code] !== undefined) || status === 429
      ? (['Retry-After'] as const)
      : []),
  ];
  return {
    description: codes.map((code) => `\`${code}\`: ${ERROR_CATALOGUE[code].meaning}`).join('\n\n'),
    ...headersOf(headers),
    content: {
      'application/problem+json': {
        schema: { ...component('Problem'), properties: { status: { const: status }, code: { enum: codes } } },
        example: {
          type: 'about:blank',
          title: STATUS_CODES[status],
          status,
          code: first,
          detail: first && ERROR_CATALOGUE[first].meaning,
        },
      },
    },
  };
}

function headersOf(names: readonly HeaderName[]): JsonSchema {
  if (names.length === 0) return {};
  const refs = names.map((name) => [name, { $ref: `#/components/headers/${componentOf(name)}` }]);
  return { headers: Object.fromEntries(refs) as JsonSchema };
}

function contentOf(
  content: Readonly<Record<string, { readonly schema: SchemaName | JsonSchema }>>,
): JsonSchema {
  return mapEntries(content, (type, { schema, ...examples }) => [
    type,
    { schema: typeof schema === 'string' ? component(schema) : schema, ...examples },
  ]);
}

/** The component of a header or parameter: `RateLimitPolicy` of `RateLimit-Policy`. */
function componentOf(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', '');
}

function mapEntries<Value>(
  record: Readonly<Record<string, Value>>,
  map: (name: string, value: Value) => [string, unknown],
): JsonSchema {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => map(name, value)));
}
