import { randomUUID } from 'node:crypto';
import { submissionBody } from '@libs/contracts/testing';
import type { AppProcess } from '@libs/testing/app-process';
import { head, postHead, raw, startApi } from './api';

const BODY = JSON.stringify(submissionBody({ eventId: randomUUID() }));
const POST_BODY = postHead({ 'content-length': Buffer.byteLength(BODY) }) + BODY;

describe('the headers that narrow what a browser may do', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.stop());

  it.each([
    ['an accepted record', POST_BODY, 202],
    ['a refused record', postHead({ 'content-length': 2 }) + '{}', 422],
    ['a refused address', head('POST /v1/metadata', { host: 'evil.example' }), 403],
    ['a read', head('GET /v1/status', {}), 200],
    ['a read without a database', head('GET /v1/gpus', {}), 501],
    ['a probe', head('GET /health/live', {}), 200],
    ['metrics', head('GET /metrics', {}), 200],
    ['the console', head('GET /console', {}), 200],
    ['a file of the console', head('GET /console/main.js', {}), 200],
    ['the documentation', head('GET /docs', {}), 200],
    ['the OpenAPI document', head('GET /openapi.json', {}), 200],
    ['nothing', head('GET /nowhere', {}), 404],
    ['another method', head('PUT /v1/metadata', {}), 405],
    ['another spelling', head('GET /%6detrics', {}), 400],
    ['an unknown content type', postHead({ 'content-type': 'text/plain' }, '/v1/metadata/search'), 415],
    ['what is no HTTP', 'garbage\r\n\r\n', 400],
    ['too many headers', head('GET /health', { x: 'x'.repeat(20_000) }), 431],
  ])('come with the answer to %s', async (_name, request, status) => {
    const answer = await raw(api, request);
    expect(answer.status).toBe(status);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    // RFC 6797, section 7.2: not over plain HTTP.
    expect(answer.headers.has('strict-transport-security')).toBe(false);
  });
});
