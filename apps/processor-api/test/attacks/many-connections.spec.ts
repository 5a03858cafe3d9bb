import { randomUUID } from 'node:crypto';
import { submissionBody } from '@libs/contracts/testing';
import type { AppProcess } from '@libs/testing/app-process';
import { portOf, postHead, problem, raw, startApi } from '../api';
import type { RawAnswer } from '../raw-exchange';
import { writeUntilClosed } from './attacker';

const KIB = 1024;

jest.setTimeout(120_000);

describe('thousands of clients at once', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi({ LOG_LEVEL: 'warn', BODY_IDLE_TIMEOUT_MS: '3000' });
  });
  afterAll(() => api.stop());

  it('get 202 or 503 each, 2,000 that connect and post at one time, and none waits over 5 s', async () => {
    const answers = await Promise.all(Array.from({ length: 2_000 }, () => postOne(api)));
    for (const answer of answers) {
      if (answer.status !== 202) expect(answer).toMatchObject(problem(503, expect.any(String) as string));
      if (answer.status === 503) expect(answer.headers.get('retry-after')).toMatch(/^[1-9]/);
    }
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(5_000);
  });

  it('keep it below 512 MiB with 4,096 bodies of 64 KiB that stop before their end', async () => {
    const pieces = [postHead({ 'content-length': 64 * KIB }), Buffer.alloc(64 * KIB - 1, ' ')];
    const stalled = Array.from({ length: 4_096 }, () => writeUntilClosed(portOf(api), pieces));
    const statuses = (await Promise.all(stalled)).map(({ statuses: [status] }) => status);
    expect(new Set(statuses)).toEqual(new Set([408, 503]));
    expect(api.peakRssMib).toBeLessThan(512);
  });
});

describe('a server that takes 100 connections', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi({ LOG_LEVEL: 'warn', MAX_CONNECTIONS: '100' });
  });
  afterAll(() => api.stop());

  it('answers 202 or 503 to each of 1,000 that come at one time', async () => {
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => postOne(api)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 503]));
  });
});

function postOne(api: AppProcess): Promise<RawAnswer> {
  const body = JSON.stringify(submissionBody({ eventId: randomUUID() }));
  return raw(api, postHead({ 'content-length': body.length }) + body);
}
