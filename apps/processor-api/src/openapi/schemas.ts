import { GPU_METRICS_SCHEMA, SUBMISSION_SCHEMA, TOKEN_USAGE_SCHEMA, type JsonSchema } from '@libs/contracts';
import { VIOLATION_CATALOGUE } from '@libs/domain';
import * as reads from './read-schemas';
import { component, count, list, moment, object, text, uuid } from './schema-types';

const published = { topic: text, partition: count, offset: count, acceptedAt: moment };
const promise = { description: 'The promise behind a 202: the event is on the in-sync replicas of Kafka' };

const index = { type: 'integer', minimum: 0, maximum: 1_000, description: 'Of the record in its batch' };

/** One result for each record, in order; what ended the batch early is the last. */
const result: JsonSchema = {
  oneOf: [
    {
      description: 'An accepted record',
      required: ['index', 'status'],
      properties: { index, status: { const: 202 } },
      allOf: [component('Receipt')],
    },
    {
      description: 'A refused record, or what ended the batch; pointers are relative to the record',
      required: ['index', 'status'],
      properties: {
        index,
        status: { type: 'integer', minimum: 400 },
        retryAfter: { ...count, description: 'Seconds, where the same record may be accepted later' },
      },
      allOf: [component('Problem')],
    },
  ],
};

const indicators: JsonSchema = {
  type: 'object',
  additionalProperties: object({ status: { enum: ['up', 'down'] } }, { message: text }),
};

const ms = { type: ['number', 'null'], description: 'Milliseconds; null where no record was accepted' };
const second = object({ at: moment, accepted: count, refused: count, p50Ms: ms, p95Ms: ms, p99Ms: ms });
const up = { type: 'boolean' };
const problem = { ...text, description: 'Why the part is not usable' };
const configured = { type: 'boolean', description: 'False where this API only writes' };

const violation = object({
  pointer: { ...text, description: 'JSON Pointer (RFC 6901) to the deepest field at fault' },
  code: { enum: Object.keys(VIOLATION_CATALOGUE) },
  message: text,
});

/** The schemas of bodies and answers, by the name of their component. */
export const SCHEMAS = {
  Submission: withoutDialect(SUBMISSION_SCHEMA),
  Batch: { ...list(component('Submission')), minItems: 1, maxItems: 1_000 },
  BatchResults: object({ results: { ...list(result), minItems: 1, maxItems: 1_001 } }),
  GpuMetrics: withoutDialect(GPU_METRICS_SCHEMA),
  TokenUsage: withoutDialect(TOKEN_USAGE_SCHEMA),
  LineageReceipt: {
    ...promise,
    ...object({ id: { ...text, description: 'What one document has: the key of its record' }, ...published }),
  },
  Receipt: { ...promise, ...object({ eventId: uuid, ...published }) },
  Document: reads.DOCUMENT_SCHEMA,
  Page: reads.PAGE_SCHEMA,
  Stats: reads.STATS_SCHEMA,
  GpuInfo: reads.GPU_INFO_SCHEMA,
  Gpus: reads.GPUS_SCHEMA,
  Search: reads.SEARCH_SCHEMA,
  SearchAnswer: reads.SEARCH_ANSWER_SCHEMA,
  Status: object({
    version: text,
    startedAt: moment,
    window: {
      ...object({ seconds: count, points: list(second) }),
      description: 'One point for each whole second in which this process ran, the oldest first',
    },
    queue: {
      ...object({ bytes: count, maxBytes: count }),
      description: 'Bytes that wait for the acknowledgement of Kafka',
    },
    searchIndex: {
      ...object({
        loaded: { type: 'boolean' },
        vectors: count,
        documents: count,
        bytes: count,
        maxBytes: count,
      }),
      type: ['object', 'null'],
      description: 'How much of the database the index for searches holds; null where this API only writes',
    },
    deadLetters: {
      type: 'object',
      description: 'Letters in each dead-letter topic; null where Kafka does not tell',
      additionalProperties: { type: ['integer', 'null'], minimum: 0 },
    },
    parts: object({ kafka: object({ up }, { problem }), reads: object({ up, configured }, { problem }) }),
  }),
  Health: object({ status: { const: 'ok' }, details: indicators }, { info: indicators, error: indicators }),
  /** Every answer that is no success. */
  Problem: {
    description: 'RFC 9457; clients branch on `code`, never on `detail`',
    ...object(
      {
        type: { const: 'about:blank' },
        title: text,
        status: { type: 'integer', minimum: 400, maximum: 599 },
        code: text,
        detail: text,
      },
      {
        requestId: { ...text, description: 'The request in the log' },
        errors: { ...list(violation), maxItems: 100, description: 'Each fault of an invalid_metadata' },
        errorsOmitted: { type: 'integer', minimum: 1, description: 'Faults beyond those listed' },
        checks: { type: 'object', description: 'Of not_ready: what is up and what is down' },
      },
    ),
  },
} as const satisfies Record<string, JsonSchema>;

export type SchemaName = keyof typeof SCHEMAS;

/** A published JSON Schema as a part of this document: its dialect is the document's own. */
function withoutDialect({ $schema: _dialect, ...schema }: JsonSchema): JsonSchema {
  return schema;
}
