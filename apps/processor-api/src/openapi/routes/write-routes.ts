import { NDJSON_TYPES } from '../../http/body/content-headers';
import type { RouteDoc } from '../route-doc';
import * as examples from './examples';

const submission: Omit<RouteDoc, 'path' | 'operationId'> = {
  method: 'post',
  tag: 'write',
  summary: 'Accept one embedding with the hardware that computed it',
  description:
    'Answers once every in-sync replica of Kafka holds the event. Sending it again is harmless: there is one ' +
    'document for each eventId.',
  access: 'ingest',
  traits: ['json-body', 'msgpack-body', 'publishes'],
  parameters: ['Idempotency-Key', 'traceparent'],
  body: {
    description:
      'One record; no unknown fields at any level. In MessagePack the embedding may be binary data, little-endian ' +
      'float32 values. Content-Encoding may be gzip, deflate or zstd.',
    content: {
      'application/json': { schema: 'Submission', examples: examples.SUBMISSION_EXAMPLES },
      'application/msgpack': { schema: 'Submission' },
    },
  },
  answers: {
    202: {
      description: 'Accepted; the document can be read soon after',
      headers: ['Location'],
      content: {
        'application/json': { schema: 'Receipt', example: examples.RECEIPT_EXAMPLE },
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
  parameters: ['traceparent'],
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
      content: { 'application/json': { schema: 'BatchResults', example: examples.ACCEPTED_BATCH_EXAMPLE } },
    },
    207: {
      description:
        'Some records were refused, or the batch ended early; Retry-After where some may be sent again',
      headers: ['Retry-After'],
      content: { 'application/json': { schema: 'BatchResults', example: examples.BATCH_RESULTS_EXAMPLE } },
    },
  },
};

type Lineage = Pick<RouteDoc, 'path' | 'operationId' | 'summary' | 'parameters'> & {
  readonly schema: 'GpuMetrics' | 'TokenUsage';
  readonly example: unknown;
  readonly receipt: unknown;
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
      content: { 'application/json': { schema: 'LineageReceipt', example: receipt } },
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
    parameters: ['traceparent'],
    schema: 'GpuMetrics',
    example: examples.GPU_METRICS_EXAMPLE,
    receipt: examples.GPU_METRICS_RECEIPT_EXAMPLE,
  }),
  lineage({
    path: '/v1/token-usage',
    operationId: 'acceptTokenUsage',
    summary: 'Accept the tokens of one call of a model',
    parameters: ['Idempotency-Key', 'traceparent'],
    schema: 'TokenUsage',
    example: examples.TOKEN_USAGE_EXAMPLE,
    receipt: examples.TOKEN_USAGE_RECEIPT_EXAMPLE,
  }),
];
