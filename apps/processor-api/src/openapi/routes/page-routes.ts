import type { RouteDoc } from '../route-doc';

/** A page for people or tools; no controller has it. */
const page = (path: string, operationId: string, summary: string): RouteDoc => ({
  method: 'get',
  path,
  operationId,
  tag: 'operation',
  summary,
  access: 'open',
  traits: [],
  answers: { 200: { description: 'The page', content: { 'text/html': { schema: { type: 'string' } } } } },
});

/** Routes without a controller: what they serve is made at start. */
export const PAGE_ROUTES: readonly RouteDoc[] = [
  page('/console', 'console', 'A page to look at what came in; it asks for a key itself'),
  page('/docs', 'docs', 'This document as a page'),
  {
    ...page('/openapi.json', 'openapi', 'This document'),
    answers: {
      200: {
        description: 'OpenAPI 3.1',
        content: { 'application/json': { schema: { type: 'object' } } },
      },
    },
  },
];
