import type { RouteDoc } from '../route-doc';
import { text } from '../schema-types';
import { STATUS_EXAMPLE } from './examples';

const probe: Omit<RouteDoc, 'path' | 'operationId' | 'summary'> = {
  method: 'get',
  tag: 'operation',
  access: 'health',
  traits: ['probe'],
  answers: {
    200: {
      description: 'All is well',
      content: {
        'application/json': {
          schema: 'Health',
          example: {
            status: 'ok',
            info: { kafka: { status: 'up' } },
            error: {},
            details: { kafka: { status: 'up' } },
          },
        },
      },
    },
  },
};

/** Routes for whoever runs the API. */
export const OPERATION_ROUTES: readonly RouteDoc[] = [
  { ...probe, path: '/health', operationId: 'health', summary: 'Process and dependencies in one' },
  {
    ...probe,
    path: '/health/live',
    operationId: 'live',
    summary: 'Whether the process does its duty: no restart would help',
  },
  { ...probe, path: '/health/ready', operationId: 'ready', summary: 'Whether it may be sent work' },
  {
    method: 'get',
    path: '/v1/status',
    operationId: 'status',
    tag: 'operation',
    summary: 'The last minutes of this process, and how its parts are',
    access: 'read',
    traits: [],
    answers: {
      200: {
        description: 'Figures of the process that answers, since it started',
        content: { 'application/json': { schema: 'Status', example: STATUS_EXAMPLE } },
      },
    },
  },
  {
    method: 'get',
    path: '/metrics',
    operationId: 'metrics',
    tag: 'operation',
    summary: 'Figures for Prometheus; to loopback and METRICS_CIDRS',
    access: 'metrics',
    traits: [],
    answers: {
      200: {
        description: 'The exposition format of Prometheus',
        content: { 'text/plain': { schema: text } },
      },
    },
  },
];

/** A page for people or tools; no controller has it. */
const page = (path: string, operationId: string, summary: string): RouteDoc => ({
  method: 'get',
  path,
  operationId,
  tag: 'operation',
  summary,
  access: 'open',
  traits: [],
  answers: { 200: { description: 'The page', content: { 'text/html': { schema: text } } } },
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
