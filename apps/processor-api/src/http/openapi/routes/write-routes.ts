import type { RouteDoc } from '../route-doc';
import { SUBMISSION_EXAMPLES } from './submission-examples';

const submission: Omit<RouteDoc, 'path' | 'operationId'> = {
  method: 'post',
  tag: 'write',
  summary: 'Accept one embedding with the hardware that computed it',
  description:
    'Answers once every in-sync replica of Kafka holds the event. Sending it again is harmless: there is one ' +
    'document for each eventId.',
  access: 'ingest',
  traits: ['json-body', 'publishes'],
  parameters: ['IdempotencyKey', 'Traceparent'],
  body: {
    description: 'One record; no unknown fields at any level',
    content: { 'application/json': { schema: 'Submission', examples: SUBMISSION_EXAMPLES } },
  },
  answers: {
    202: {
      description: 'Accepted; the document can be read soon after',
      headers: ['Location', 'RateLimit', 'RateLimitPolicy'],
      content: {
        'application/json': {
          schema: 'Receipt',
          example: {
            eventId: '0198f2a0-7c1e-7a3b-9f60-2d1f0a6b4c55',
            topic: 'gpu-metadata',
            partition: 3,
            offset: 1204,
            acceptedAt: '2026-11-21T05:39:40.120Z',
          },
        },
      },
    },
  },
};

/** Routes that put records on Kafka. */
export const WRITE_ROUTES: readonly RouteDoc[] = [
  { ...submission, path: '/v1/metadata', operationId: 'acceptMetadata' },
  {
    ...submission,
    path: '/metadata',
    operationId: 'acceptMetadataUnversioned',
    summary: 'The same as POST /v1/metadata',
  },
];
