import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { HTTP_STATUS } from './problem';

export const RECEIPT_SCHEMA = {
  type: 'object',
  required: ['eventId', 'topic', 'partition', 'offset', 'acceptedAt'],
  properties: {
    eventId: { type: 'string', format: 'uuid' },
    topic: { type: 'string' },
    partition: { type: 'integer' },
    offset: { type: 'integer' },
    acceptedAt: { type: 'string', format: 'date-time' },
  },
};

const PROBLEM_SCHEMA = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string' },
    detail: { type: 'string' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'message'],
        properties: { pointer: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } },
      },
    },
    errorsOmitted: { type: 'integer' },
  },
};

const INGEST_STATUSES = [400, 401, 403, 408, 413, 415, 422, 503] as const;

/** The problems a write can answer, each with its codes. */
export const PROBLEM_RESPONSES = applyDecorators(
  ...INGEST_STATUSES.map((status) => {
    const codes = Object.entries(HTTP_STATUS).flatMap(([code, of]) => (of === status ? [code] : []));
    const content = { 'application/problem+json': { schema: PROBLEM_SCHEMA } };
    return ApiResponse({ status, description: codes.join(', '), content });
  }),
);
