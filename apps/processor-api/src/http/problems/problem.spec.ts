import { STATUS_CODES } from 'node:http';
import {
  ConflictException,
  ForbiddenException,
  NotFoundException,
  RequestTimeoutException,
  ServiceUnavailableException,
} from '@nestjs/common';
import {
  BrokerUnavailable,
  InvalidMetadata,
  PipelineError,
  PublishQueueFull,
  PublishTimeout,
  type ErrorCode,
} from '@libs/domain';
import { RateLimited } from '../../access/rate-limits';
import { HTTP_STATUS, MethodNotAllowed, problemOf } from './problem';

const WITH_STATUS = Object.entries(HTTP_STATUS) as [ErrorCode, number][];

describe(problemOf.name, () => {
  it.each(WITH_STATUS)('answers %s with %i and the phrase of the status', (code, status) => {
    const { body, ...answer } = problemOf(new PipelineError(code, 'what happened here'));
    expect(answer).toMatchObject({ status, code });
    expect(body).toEqual({
      type: 'about:blank',
      title: STATUS_CODES[status],
      status,
      code,
      detail: 'what happened here',
    });
  });

  it.each(WITH_STATUS.filter(([, status]) => status === 503))('says when to come back after %s', (code) => {
    expect(problemOf(new PipelineError(code, '')).headers['retry-after']).toMatch(/^[1-9]\d*$/);
  });

  it.each([
    [new PublishQueueFull(1), 503, 'queue_full'],
    [new PublishTimeout(1), 503, 'publish_timeout'],
    [new BrokerUnavailable(), 503, 'broker_unavailable'],
  ])('answers a publisher that fails with 503', (error, status, code) => {
    expect(problemOf(error)).toMatchObject({ status, code });
  });

  it('tells a client over its quota when to come back', () => {
    const answer = problemOf(new RateLimited('rate_limited', 'too many', 42));
    expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '42' } });
  });

  it('lists the faults of a body and counts those left out', () => {
    const fault = { pointer: '/model', code: 'required', message: 'is missing' } as const;
    expect(problemOf(new InvalidMetadata([fault])).body).toMatchObject({ errors: [fault] });
    expect(problemOf(new InvalidMetadata([fault])).body).not.toHaveProperty('errorsOmitted');
    expect(problemOf(new InvalidMetadata([fault], 7)).body).toMatchObject({
      errors: [fault],
      errorsOmitted: 7,
    });
  });

  it('names the methods that are allowed', () => {
    expect(problemOf(new MethodNotAllowed(['GET', 'HEAD'])).headers).toEqual({ allow: 'GET, HEAD' });
  });

  it('asks for authentication with 401 alone', () => {
    const challenges = WITH_STATUS.filter(([code]) =>
      Object.hasOwn(problemOf(new PipelineError(code, '')).headers, 'www-authenticate'),
    );
    expect(challenges).toEqual([['unauthorized', 401]]);
  });

  it('closes the connection after a body that stopped', () => {
    const { headers } = problemOf(new PipelineError('request_timeout', ''));
    expect(headers).toEqual({ connection: 'close' });
  });

  it.each([
    [new NotFoundException(), 404, 'not_found'],
    [new RequestTimeoutException(), 408, 'request_timeout'],
    [new ForbiddenException('secret'), 403, 'address_not_allowed'],
    [new ConflictException(), 400, 'invalid_request'],
    [Object.assign(new Error('secret'), { statusCode: 415 }), 415, 'unsupported_media_type'],
    [Object.assign(new Error('secret'), { statusCode: 414 }), 400, 'invalid_request'],
    [Object.assign(new Error('secret'), { statusCode: 502 }), 500, 'internal_error'],
    [Object.assign(new Error('secret'), { statusCode: 200 }), 500, 'internal_error'],
    [Object.assign(new Error('secret'), { statusCode: 'ECONN' }), 500, 'internal_error'],
  ])('gives an error of the framework our shape, and not its words', (error, status, code) => {
    const answer = problemOf(error);
    expect(answer).toMatchObject({ status, code, body: { status, code } });
    expect(JSON.stringify(answer)).not.toContain('secret');
  });

  it.each([new TypeError('secret of ours'), 'secret of ours', undefined, null, { secret: 1 }])(
    'tells nothing of what it does not know',
    (error) => {
      const answer = problemOf(error);
      expect(answer).toMatchObject({ status: 500, code: 'internal_error' });
      expect(JSON.stringify(answer)).not.toContain('secret');
    },
  );

  it('shows which dependency is down', () => {
    const details = { kafka: { status: 'down' } };
    const answer = problemOf(new ServiceUnavailableException({ status: 'error', details }));
    expect(answer).toMatchObject({ status: 503, code: 'not_ready', body: { checks: details } });
  });
});
