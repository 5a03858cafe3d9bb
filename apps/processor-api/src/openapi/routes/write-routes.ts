import { NDJSON_TYPES } from '../../http/body/content-headers';
import type { RouteDoc } from '../route-doc';
import { ACCEPTED_BATCH_EXAMPLE, BATCH_RESULTS_EXAMPLE } from './batch-example';
import { GPU_METRICS_EXAMPLE, TOKEN_USAGE_EXAMPLE } from './lineage-examples';
import { SUBMISSION_EXAMPLES } from './submission-examples';

const PLACE = { partition: 3, offset: 1204, acceptedAt: '2026-11-21T05:39:40.120Z' };

const submission: Omit<RouteDoc, 'path' | 'operationId'> = {
  method: 'post',
  tag: 'write',
  summary: 'Accept one embedding with the hardware that computed it',
  description:
    'Answers once every in-sync replica of Kafka holds the event. Sending it again is harmless: there is one ' +
    'document for each eventId.',
  access: 'ingest',
  traits: ['json-body', 'msgpack-body', 'publishes'],
  parameters: ['IdempotencyKey', 'Traceparent'],
  body: {
    description:
      'One record; no unknown fields at any level. In MessagePack the embedding may be binary data, little-endian ' +
      'float32 values. Content-Encoding may be gzip, deflate or zstd.',
    content: {
      'application/json': { schema: 'Submission', examples: SUBMISSION_EXAMPLES },
      'application/msgpack': { schema: 'Submission' },
    },
  },
  answers: {
    202: {
      description: 'Accepted; the document can be read soon after',
      headers: ['Location', 'RateLimit', 'RateLimitPolicy'],
      content: {
        'application/json': {
          schema: 'Receipt',
          example: { eventId: '0198f2a0-7c1e-7a3b-9f60-2d1f0a6b4c55', topic: 'gpu-metadata', ...PLACE },
        },
      },
    },
  },
};

const batch: Omit<RouteDoc, 'path' | 'operationId'> = {
  method: 'post',
  tag: 'write',
  summary: 'Accept up to 1000 records, each for itself',
  description:
    'Records are published while the batch is read, and each has a result of its own, in NDJSON also a line that is ' +
    'no JSON. A syntax error in an array, a broken compressed stream, too many records or bytes end the batch: the ' +
    'results before it stand. Where nothing had been published by then, the whole request is refused.',
  access: 'ingest',
  traits: ['batch-body', 'publishes'],
  parameters: ['Traceparent'],
  body: {
    description: 'A JSON array, or one record a line. Content-Encoding may be gzip, deflate or zstd.',
    content: {
      'application/json': { schema: 'Batch' },
      ...Object.fromEntries(NDJSON_TYPES.map((type) => [type, { schema: 'Submission' as const }])),
    },
  },
  answers: {
    202: {
      description: 'Every record was accepted',
      headers: ['RateLimit', 'RateLimitPolicy'],
      content: { 'application/json': { schema: 'BatchResults', example: ACCEPTED_BATCH_EXAMPLE } },
    },
    207: {
      description:
        'Some records were refused, or the batch ended early; Retry-After where some may be sent again',
      headers: ['RetryAfter', 'RateLimit', 'RateLimitPolicy'],
      content: { 'application/json': { schema: 'BatchResults', example: BATCH_RESULTS_EXAMPLE } },
    },
  },
};

type Lineage = Pick<RouteDoc, 'path' | 'operationId' | 'summary' | 'parameters'> & {
  readonly schema: 'GpuMetrics' | 'TokenUsage';
  readonly example: unknown;
  readonly receipt: { readonly id: string; readonly topic: string };
};

const lineage = ({ schema, example, receipt, ...route }: Lineage): RouteDoc => ({
  method: 'post',
  tag: 'write',
  access: 'ingest',
  traits: ['json-body', 'msgpack-body', 'publishes'],
  ...route,
  body: {
    description: 'Named fields and up to 64 others, flat. Content-Encoding may be gzip, deflate or zstd.',
    content: {
      'application/json': { schema, examples: { full: { summary: 'Every named field', value: example } } },
      'application/msgpack': { schema },
    },
  },
  answers: {
    202: {
      description: 'Accepted; the first event of an identity is kept, per API key',
      headers: ['RateLimit', 'RateLimitPolicy'],
      content: { 'application/json': { schema: 'LineageReceipt', example: { ...receipt, ...PLACE } } },
    },
  },
});

/** Routes that put records on Kafka. */
export const WRITE_ROUTES: readonly RouteDoc[] = [
  { ...submission, path: '/v1/metadata', operationId: 'acceptMetadata' },
  {
    ...submission,
    path: '/metadata',
    operationId: 'acceptMetadataUnversioned',
    summary: 'The same as POST /v1/metadata',
  },
  { ...batch, path: '/v1/metadata/batch', operationId: 'acceptBatch' },
  {
    ...batch,
    path: '/metadata/batch',
    operationId: 'acceptBatchUnversioned',
    summary: 'The same as POST /v1/metadata/batch',
  },
  lineage({
    path: '/v1/gpu-metrics',
    operationId: 'acceptGpuMetrics',
    summary: 'Accept one reading of one GPU',
    parameters: ['Traceparent'],
    schema: 'GpuMetrics',
    example: GPU_METRICS_EXAMPLE,
    receipt: { id: 'node-1/0/2026-11-21T05:39:39.000Z', topic: 'gpu.metrics.v1' },
  }),
  lineage({
    path: '/v1/token-usage',
    operationId: 'acceptTokenUsage',
    summary: 'Accept the tokens of one call of a model',
    parameters: ['IdempotencyKey', 'Traceparent'],
    schema: 'TokenUsage',
    example: TOKEN_USAGE_EXAMPLE,
    receipt: { id: '0198f2a0-7c1e-7a3b-9f60-2d1f0a6b4c55', topic: 'token.usage.v1' },
  }),
];
