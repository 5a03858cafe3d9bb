import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { submissionBody } from '@libs/contracts/testing';
import type { AppProcess } from '../../../tools/testing/app-process';
import { postHead, raw, startApi } from './api';
import { readRecords, type Position } from './topic-reader';

const CLIENTS = 16;
const LOAD_MS = 700;

jest.setTimeout(60_000);

describe('at SIGTERM', () => {
  it('every request gets its answer, every 202 is on the topic, and the process ends with 0', async () => {
    const api = await startApi();
    const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
    const answers: Answer[] = [];
    const clients = Array.from({ length: CLIENTS }, async () => {
      let answer: Answer;
      do answers.push((answer = await send(api, agent)));
      while (answer.status === 202);
    });
    await new Promise((next) => setTimeout(next, LOAD_MS));
    expect(await api.stop()).toBe(0);
    await Promise.all(clients);
    agent.destroy();

    const accepted = answers.filter(({ status }) => status === 202);
    const others = answers.filter(({ status }) => status !== 202);
    expect(accepted.length).toBeGreaterThan(CLIENTS);
    for (const answer of others)
      expect(answer).toMatchObject({ status: 503, body: { code: 'shutting_down' } });
    const records = await readRecords(accepted.map(({ body }) => body as unknown as Position));
    expect(records.map(({ key }) => key?.toString())).toEqual(accepted.map(({ body }) => body.eventId));
  });

  it('a body that is on its way is waited for, and its connection is closed after the answer', async () => {
    const api = await startApi();
    const agent = new Agent({ keepAlive: true });
    const answer = send(api, agent, 1_000);
    await new Promise((next) => setTimeout(next, 200));
    const startedAt = Date.now();
    expect(await api.stop()).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    expect(await answer).toMatchObject({ status: 202 });
    agent.destroy();
  });

  it.each([
    ['nothing', ''],
    ['half a request line', 'POST /v1/meta'],
    ['half of the headers', 'POST /v1/metadata HTTP/1.1\r\nHost: localhost\r\nContent-'],
  ])('a connection on which %s came holds nothing up', async (_name, start) => {
    const api = await startApi();
    const ended = raw(api, start).catch((error: unknown) => error);
    await new Promise((next) => setTimeout(next, 200));
    const startedAt = Date.now();
    expect(await api.stop()).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    expect(await ended).toBeInstanceOf(Error);
  });

  it('idle connections and a body that never ends hold nothing up for long', async () => {
    const api = await startApi({ BODY_IDLE_TIMEOUT_MS: '500' });
    const agent = new Agent({ keepAlive: true });
    await send(api, agent);
    const stalled = raw(api, postHead({ 'content-length': 100 }), '{');
    await new Promise((next) => setTimeout(next, 100));
    const startedAt = Date.now();
    expect(await api.stop()).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(5_000);
    expect(await stalled).toMatchObject({ status: 408 });
    agent.destroy();
  });
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** One post, half of whose body is held back for `pauseMs`; rejects when the connection breaks. */
function send(api: AppProcess, agent: Agent, pauseMs = 0): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify(submissionBody({ eventId: randomUUID() }));
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const options = { agent, method: 'POST', headers };
    const outgoing = request(`${api.url}/metadata`, options, (answer) => {
      const pieces: Buffer[] = [];
      answer
        .on('data', (piece: Buffer) => pieces.push(piece))
        .on('end', () => {
          const text = Buffer.concat(pieces).toString();
          resolve({
            status: answer.statusCode ?? 0,
            body: JSON.parse(text) as Record<string, unknown>,
          });
        });
    });
    outgoing.on('error', reject);
    if (pauseMs === 0) {
      outgoing.end(body);
    } else {
      outgoing.write(body.slice(0, 9));
      setTimeout(() => outgoing.end(body.slice(9)), pauseMs);
    }
  });
}
