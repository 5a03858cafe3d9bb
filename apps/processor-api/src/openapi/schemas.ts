import { GPU_METRICS_SCHEMA, SUBMISSION_SCHEMA, TOKEN_USAGE_SCHEMA, type JsonSchema } from '@libs/contracts';
import { BATCH_RESULTS_SCHEMA, BATCH_SCHEMA } from './batch-schemas';
import { STATUS_SCHEMA } from '../console/status-schema';
import { DOCUMENT_SCHEMA } from './document-schema';
import { PROBLEM_SCHEMA } from './problem-schema';
import { GPU_INFO_SCHEMA, GPUS_SCHEMA, PAGE_SCHEMA, STATS_SCHEMA } from './read-schemas';
import { SEARCH_ANSWER_SCHEMA, SEARCH_SCHEMA } from './search-schemas';

const moment = { type: 'string', format: 'date-time' };
const offset = { type: 'integer', minimum: 0 };

const indicators: JsonSchema = {
  type: 'object',
  additionalProperties: {
    type: 'object',
    required: ['status'],
    properties: { status: { enum: ['up', 'down'] }, message: { type: 'string' } },
  },
};

/** The schemas of bodies and answers, by the name of their component. */
export const SCHEMAS = {
  Submission: component(SUBMISSION_SCHEMA),
  Batch: BATCH_SCHEMA,
  BatchResults: BATCH_RESULTS_SCHEMA,
  GpuMetrics: component(GPU_METRICS_SCHEMA),
  TokenUsage: component(TOKEN_USAGE_SCHEMA),
  LineageReceipt: {
    type: 'object',
    description: 'The promise behind a 202: the event is on the in-sync replicas of Kafka',
    required: ['id', 'topic', 'partition', 'offset', 'acceptedAt'],
    properties: {
      id: { type: 'string', description: 'What one document has: the key of its record' },
      topic: { type: 'string' },
      partition: { type: 'integer', minimum: 0 },
      offset,
      acceptedAt: moment,
    },
  },
  Receipt: {
    type: 'object',
    description: 'The promise behind a 202: the event is on the in-sync replicas of Kafka',
    required: ['eventId', 'topic', 'partition', 'offset', 'acceptedAt'],
    properties: {
      eventId: { type: 'string', format: 'uuid' },
      topic: { type: 'string' },
      partition: { type: 'integer', minimum: 0 },
      offset,
      acceptedAt: moment,
    },
  },
  Document: DOCUMENT_SCHEMA,
  Page: PAGE_SCHEMA,
  Stats: STATS_SCHEMA,
  GpuInfo: GPU_INFO_SCHEMA,
  Gpus: GPUS_SCHEMA,
  Search: SEARCH_SCHEMA,
  SearchAnswer: SEARCH_ANSWER_SCHEMA,
  Status: STATUS_SCHEMA,
  Health: {
    type: 'object',
    required: ['status', 'details'],
    properties: {
      status: { const: 'ok' },
      info: indicators,
      error: indicators,
      details: indicators,
    },
  },
  Problem: PROBLEM_SCHEMA,
} as const satisfies Record<string, JsonSchema>;

export type SchemaName = keyof typeof SCHEMAS;

/** A published JSON Schema as a part of this document: its dialect is the document's own. */
function component({ $schema: _dialect, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
