import { AppProcess } from '@libs/testing/app-process';
import { writeThenRead, type RawAnswer } from './raw-exchange';

export type Body = string | Buffer<ArrayBuffer>;
export type RequestHeaders = Readonly<Record<string, string>>;

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly pointer: string; readonly code: string; readonly message: string }[];
}

export interface Refusal {
  readonly status: number;
  readonly contentType: string | null;
  readonly problem: Problem;
  readonly headers: Headers;
}

/** The built API against the stack of the test run, once `probe` answers 200. */
export function startApi(env: NodeJS.ProcessEnv = {}, probe?: string): Promise<AppProcess> {
  const stack = { KAFKA_BROKERS: process.env.TEST_KAFKA_BROKERS, READ_DATABASE_KIND: 'embedded' };
  const settings = { AUTH_MODE: 'off', ...stack, ...env };
  return AppProcess.start('processor-api', settings, probe);
}

/** Posts a body as it is. */
export function post(api: AppProcess, body: Body, headers: RequestHeaders = {}): Promise<Response> {
  return postTo(api, '/v1/metadata', body, headers);
}

export function postTo(
  api: AppProcess,
  path: string,
  body: Body,
  headers: RequestHeaders = {},
): Promise<Response> {
  return fetch(api.url + path, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...headers },
  });
}

export async function refusalOf(answer: Response): Promise<Refusal> {
  return {
    status: answer.status,
    contentType: answer.headers.get('content-type'),
    problem: (await answer.json()) as Problem,
    headers: answer.headers,
  };
}

/** What every refusal must look like. */
export function problem(status: number, code: string): object {
  return { status, contentType: 'application/problem+json', problem: { status, code } };
}

/** Writes `pieces` to a connection of its own and reads the answer. */
export function raw(api: AppProcess, ...pieces: readonly (string | Buffer)[]): Promise<RawAnswer> {
  return writeThenRead(portOf(api), pieces);
}

export function portOf(api: AppProcess): number {
  return Number(new URL(api.url).port);
}

/** The start of a request as it goes over the wire. */
export function head(
  line: string,
  headers: Readonly<Record<string, string | number>>,
  version = '1.1',
): string {
  const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}`);
  return [`${line} HTTP/${version}`, ...lines, '', ''].join('\r\n');
}

/** `head` of a JSON post. */
export function postHead(headers: Readonly<Record<string, string | number>>, path = '/v1/metadata'): string {
  return head(`POST ${path}`, { 'content-type': 'application/json', ...headers });
}
