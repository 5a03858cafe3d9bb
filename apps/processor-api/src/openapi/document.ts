import { STATUS_CODES } from 'node:http';
import { DocumentBuilder, type OpenAPIObject } from '@nestjs/swagger';
import type { JsonSchema } from '@libs/contracts';
import { ERROR_CATALOGUE, type ErrorCode } from '@libs/domain';
import { RETRY_AFTER_SECONDS } from '../http/problems/problem';
import { HEADER_NAMES, HEADERS, type HeaderName } from './headers';
import { PARAMETERS } from './parameters';
import type { AnswerDoc, RouteDoc } from './route-doc';
import { routeProblems } from './route-problems';
import { ROUTES } from './routes';
import { SCHEMAS, type SchemaName } from './schemas';

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
      parameters: PARAMETERS,
      headers: HEADERS,
    },
    paths,
  } as unknown as OpenAPIObject;
}

function operation(route: RouteDoc): JsonSchema {
  const { operationId, tag, summary, description, access, parameters = [], body, answers } = route;
  const responses: Record<string, unknown> = {};
  for (const [status, answer] of Object.entries(answers)) responses[status] = success(answer);
  for (const [status, codes] of routeProblems(route)) responses[status] = problem(status, codes);
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: access === 'ingest' || access === 'read' ? KEYS : [],
    ...(parameters.length > 0 && {
      parameters: parameters.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    }),
    ...(body && {
      requestBody: { required: true, description: body.description, content: contentOf(body.content) },
    }),
    responses,
  };
}

function success({ description, headers = [], content }: AnswerDoc): JsonSchema {
  return {
    description,
    ...(headers.length > 0 && { headers: headersOf(headers) }),
    ...(content && { content: contentOf(content) }),
  };
}

/** One status with its codes; the example is the first of them. */
function problem(status: number, codes: readonly ErrorCode[]): JsonSchema {
  const [first] = codes;
  const headers: HeaderName[] = [
    ...(status === 415 ? (['AcceptEncoding'] as const) : []),
    ...(status === 401 ? (['WWWAuthenticate'] as const) : []),
    ...(codes.some((code) => RETRY_AFTER_SECONDS[code] !== undefined) || status === 429
      ? (['RetryAfter'] as const)
      : []),
  ];
  return {
    description: codes.map((code) => `\`${code}\`: ${ERROR_CATALOGUE[code].meaning}`).join('\n\n'),
    ...(headers.length > 0 && { headers: headersOf(headers) }),
    content: {
      'application/problem+json': {
        schema: {
          $ref: '#/components/schemas/Problem',
          properties: { status: { const: status }, code: { enum: codes } },
        },
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
  return Object.fromEntries(
    names.map((name) => [HEADER_NAMES[name], { $ref: `#/components/headers/${name}` }]),
  );
}

function contentOf(
  content: Readonly<Record<string, { readonly schema: SchemaName | JsonSchema }>>,
): JsonSchema {
  const entries = Object.entries(content).map(([type, { schema, ...examples }]) => [
    type,
    {
      schema: typeof schema === 'string' ? { $ref: `#/components/schemas/${schema}` } : schema,
      ...examples,
    },
  ]);
  return Object.fromEntries(entries) as JsonSchema;
}
