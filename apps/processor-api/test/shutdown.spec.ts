import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request, type ClientRequest, type OutgoingHttpHeaders } from 'node:http';
import { submissionBody } from '@libs/contracts/testing';
import { eventually, type AppProcess } from '@libs/testing/app-process';
import { raw, startApi } from './api';
import { readRecords, type Position } from './topic-reader';

const CLIENTS = 16;
/** Far below the time that an idle connection is kept. */
const CLOSED_WITHIN_MS = 15_000;

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
    const isBusy = (): boolean => answers.length > 10 * CLIENTS;
    expect(await eventually(isBusy, 30_000)).toBe(true);
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
    const body = JSON.stringify(submissionBody({ eventId: randomUUID() }));
    const { outgoing, answer } = await begin(api, agent, body.length);
    outgoing.write(body.slice(0, 9));
    setTimeout(() => outgoing.end(body.slice(9)), 800);
    const startedAt = Date.now();
    expect(await api.stop()).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(CLOSED_WITHIN_MS);
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
    expect(Date.now() - startedAt).toBeLessThan(CLOSED_WITHIN_MS);
    expect(await ended).toBeInstanceOf(Error);
  });

  it('idle connections and a body that never ends hold nothing up for long', async () => {
    const api = await startApi({ BODY_IDLE_TIMEOUT_MS: '500' });
    const agent = new Agent({ keepAlive: true });
    await send(api, agent);
    const stalled = await begin(api, agent, 100);
    stalled.outgoing.write('{');
    const startedAt = Date.now();
    expect(await api.stop()).toBe(0);
    expect(Date.now() - startedAt).toBeLessThan(CLOSED_WITHIN_MS);
    expect(await stalled.answer).toMatchObject({ status: 408 });
    agent.destroy();
  });
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

interface Exchange {
  readonly outgoing: ClientRequest;
  /** Rejects when the connection breaks. */
  readonly answer: Promise<Answer>;
}

function send(api: AppProcess, agent: Agent): Promise<Answer> {
  const body = JSON.stringify(submissionBody({ eventId: randomUUID() }));
  const { outgoing, answer } = open(api, agent, { 'content-length': Buffer.byteLength(body) });
  outgoing.end(body);
  return answer;
}

/** A request that the server has taken up: it asked for the body, of which nothing is sent yet. */
async function begin(api: AppProcess, agent: Agent, bodyBytes: number): Promise<Exchange> {
  const exchange = open(api, agent, { 'content-length': bodyBytes, expect: '100-continue' });
  await once(exchange.outgoing, 'continue');
  return exchange;
}

function open(api: AppProcess, agent: Agent, headers: OutgoingHttpHeaders): Exchange {
  const options = { agent, method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
  const outgoing = request(`${api.url}/metadata`, options);
  const answer = new Promise<Answer>((resolve, reject) => {
    outgoing.on('error', reject).on('response', (response) => {
      const pieces: Buffer[] = [];
      response
        .on('data', (piece: Buffer) => pieces.push(piece))
        .on('end', () => {
          const text = Buffer.concat(pieces).toString();
          const body = JSON.parse(text) as Record<string, unknown>;
          resolve({ status: response.statusCode ?? 0, body });
        });
    });
  });
  return { outgoing, answer };
}
