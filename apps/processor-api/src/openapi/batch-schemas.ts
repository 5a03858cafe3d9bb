import type { JsonSchema } from '@libs/contracts';

const submission = { $ref: '#/components/schemas/Submission' };
const receipt = { $ref: '#/components/schemas/Receipt' };
const problem = { $ref: '#/components/schemas/Problem' };
const index = { type: 'integer', minimum: 0, maximum: 1_000, description: 'Of the record in its batch' };

/** A JSON array of records, or their lines. */
export const BATCH_SCHEMA: JsonSchema = { type: 'array', minItems: 1, maxItems: 1_000, items: submission };

/** One result for each record, in order; what ended the batch early is the last. */
export const BATCH_RESULTS_SCHEMA: JsonSchema = {
  type: 'object',
  required: ['results'],
  properties: {
    results: {
      type: 'array',
      minItems: 1,
      maxItems: 1_001,
      items: {
        oneOf: [
          {
            description: 'An accepted record',
            required: ['index', 'status'],
            properties: { index, status: { const: 202 } },
            allOf: [receipt],
          },
          {
            description: 'A refused record, or what ended the batch; pointers are relative to the record',
            required: ['index', 'status'],
            properties: {
              index,
              status: { type: 'integer', minimum: 400 },
              retryAfter: {
                type: 'integer',
                minimum: 0,
                description: 'Seconds, where the same record may be accepted later',
              },
            },
            allOf: [problem],
          },
        ],
      },
    },
  },
};
