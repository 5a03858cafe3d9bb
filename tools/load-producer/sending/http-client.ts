import {
  Agent as HttpAgent,
  request as requestHttp,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { retryAfterMs } from '../../http/retry-after';

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfterMs?: number;
  readonly body: string;
}

export interface HttpTerms {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly connections: number;
  /** How long a connection may be silent. */
  readonly timeoutMs: number;
}

interface Sent {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string | number>>;
}

/** Kept connections to one server, http or https. */
export class HttpClient {
  private readonly agent: HttpAgent;
  private readonly base: URL;
  private readonly headers: Readonly<Record<string, string>>;

  constructor(private readonly terms: HttpTerms) {
    this.base = new URL(terms.url);
    const kept = { keepAlive: true, maxSockets: terms.connections };
    this.agent = this.base.protocol === 'https:' ? new HttpsAgent(kept) : new HttpAgent(kept);
    this.headers = {
      'user-agent': 'load-producer',
      accept: 'application/json, application/problem+json',
      ...(terms.apiKey !== undefined && { 'x-api-key': terms.apiKey }),
    };
  }

  /** Rejects with the system's error where no answer comes. */
  post(path: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<HttpAnswer> {
    return this.send(path, { method: 'POST', headers: { ...headers, 'content-length': body.length } }, body);
  }

  /** Rejects with the system's error where no answer comes. */
  get(path: string): Promise<HttpAnswer> {
    return this.send(path, { method: 'GET', headers: {} });
  }

  /** Ends what is under way: its promises reject. */
  close(): void {
    this.agent.destroy();
  }

  private send(path: string, options: Sent, body?: Buffer): Promise<HttpAnswer> {
    const { base, agent, terms } = this;
    const all: RequestOptions = {
      ...options,
      agent,
      protocol: base.protocol,
      hostname: base.hostname.replace(/^\[|\]$/g, ''),
      port: base.port,
      path: base.pathname.replace(/\/$/, '') + path,
      timeout: terms.timeoutMs,
      headers: { ...this.headers, ...options.headers },
    };
    return new Promise((resolve, reject) => {
      const request = base.protocol === 'https:' ? requestHttps(all) : requestHttp(all);
      request
        .once('response', (answer) => {
          read(answer).then(resolve, reject);
        })
        .once('timeout', () => {
          request.destroy(Object.assign(new Error('no answer in time'), { code: 'timeout' }));
        })
        .once('error', reject)
        .end(body);
    });
  }
}

function read(answer: IncomingMessage): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    answer
      .on('data', (piece: Buffer) => pieces.push(piece))
      .once('error', reject)
      .once('end', () => {
        const askedMs = retryAfterMs(answer.headers['retry-after'], Date.now());
        resolve({
          status: answer.statusCode ?? 0,
          ...(askedMs !== undefined && { retryAfterMs: askedMs }),
          body: Buffer.concat(pieces).toString(),
        });
      });
  });
}
