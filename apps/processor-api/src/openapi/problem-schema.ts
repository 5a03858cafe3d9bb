import type { JsonSchema } from '@libs/contracts';
import { VIOLATION_CATALOGUE } from '@libs/domain';

/** Every answer that is no success: RFC 9457. */
export const PROBLEM_SCHEMA: JsonSchema = {
  type: 'object',
  description: 'RFC 9457; clients branch on `code`, never on `detail`',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { const: 'about:blank' },
    title: { type: 'string' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    code: { type: 'string' },
    detail: { type: 'string' },
    requestId: { type: 'string', description: 'The request in the log' },
    errors: {
      type: 'array',
      description: 'Each fault of an invalid_metadata',
      maxItems: 100,
      items: {
        type: 'object',
        required: ['pointer', 'code', 'message'],
        properties: {
          pointer: { type: 'string', description: 'JSON Pointer (RFC 6901) to the deepest field at fault' },
          code: { enum: Object.keys(VIOLATION_CATALOGUE) },
          message: { type: 'string' },
        },
      },
    },
    errorsOmitted: { type: 'integer', minimum: 1, description: 'Faults beyond those listed' },
    checks: { type: 'object', description: 'Of not_ready: what is up and what is down' },
  },
};
