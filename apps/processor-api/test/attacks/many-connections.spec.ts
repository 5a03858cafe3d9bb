import { randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { submissionBody } from '@libs/contracts/testing';
import { eventually, type AppProcess } from '@libs/testing/app-process';
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
    const answers = await postTogether(api, 2_000);
    for (const answer of answers) {
      if (answer.status !== 202) expect(answer).toMatchObject(problem(503, expect.any(String) as string));
      if (answer.status === 503) expect(answer.headers.get('retry-after')).toMatch(/^[1-9]/);
    }
    const startedAt = performance.now();
    for (let sent = 0; sent < 2_000; sent += 50) await postTogether(api, 50);
    const unhurriedMs = performance.now() - startedAt; // of a slow machine more
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(5_000 + unhurriedMs);
  });

  it('keep it below 512 MiB with 4,096 bodies of 64 KiB that stop before their end', async () => {
    const pieces = [postHead({ 'content-length': 64 * KIB }), Buffer.alloc(64 * KIB - 1, ' ')];
    const stalled = Array.from({ length: 4_096 }, () => writeUntilClosed(portOf(api), pieces));
    const statuses = (await Promise.all(stalled)).map(({ statuses: [status] }) => status);
    expect(new Set(statuses)).toEqual(new Set([408, 503]));
    expect(api.peakRssMib).toBeLessThan(512);
  });
});

describe('1,000 clients that go on posting', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi({ LOG_LEVEL: 'warn' });
  });
  afterAll(() => api.stop());

  it('let in 1,000 more, before each of them has 120 more answers', async () => {
    let answers = 0;
    const first = Array.from({ length: 1_000 }, () => keepPosting(api, () => (answers += 1)));
    expect(await eventually(() => answers > 5_000, 60_000)).toBe(true);
    const mostAnswers = answers + 120 * first.length;
    const answered = new Set<Socket>();
    const later = Array.from({ length: 1_000 }, () => keepPosting(api, (socket) => answered.add(socket)));
    await eventually(() => answered.size === later.length || answers > mostAnswers, 60_000);
    for (const socket of [...first, ...later]) socket.destroy();
    expect(answered.size).toBe(later.length);
  });
});

describe('a server that takes 100 connections', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi({ LOG_LEVEL: 'warn', MAX_CONNECTIONS: '100' });
  });
  afterAll(() => api.stop());

  it('answers 202 or 503 to each of 1,000 that come at one time', async () => {
    const answers = await postTogether(api, 1_000);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 503]));
  });
});

/** Each over a connection of its own. */
function postTogether(api: AppProcess, count: number): Promise<RawAnswer[]> {
  return Promise.all(Array.from({ length: count }, () => raw(api, newPost())));
}

/** Posts over one connection, again after each answer. */
function keepPosting(api: AppProcess, onAnswer: (socket: Socket) => void): Socket {
  const socket = connect(portOf(api), '127.0.0.1');
  socket.on('error', () => undefined).write(newPost());
  return socket.on('data', () => {
    onAnswer(socket);
    socket.write(newPost());
  });
}

function newPost(): string {
  const body = JSON.stringify(submissionBody({ eventId: randomUUID() }));
  return postHead({ 'content-length': body.length }) + body;
}
