import type { RouteDoc } from '../route-doc';
import { STATUS_EXAMPLE } from './status-example';

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
        headers: ['RateLimit', 'RateLimitPolicy'],
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
        content: { 'text/plain': { schema: { type: 'string' } } },
      },
    },
  },
];
