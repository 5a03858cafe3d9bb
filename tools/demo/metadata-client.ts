import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { retryAfterMs } from '../http/retry-after';
import { DemoError } from './demo-error';

const ATTEMPTS = 5;
const ANSWER_WITHIN_MS = 35_000;
const DEFAULT_WAIT_MS = 1_000;
const MAX_WAIT_MS = 30_000;
const SHOWN_CHARACTERS = 500;

const acceptedAnswer = z.object({
  eventId: z.string(),
  topic: z.string(),
  partition: z.number(),
  offset: z.union([z.string(), z.number()]),
  acceptedAt: z.coerce.date(),
});

const problemAnswer = z.looseObject({
  title: z.string().optional(),
  detail: z.string().optional(),
  code: z.string(),
  errors: z.array(z.looseObject({ pointer: z.string(), code: z.string(), message: z.string() })).optional(),
});

/** The API's 202: the record is on the in-sync replicas. */
export type Accepted = z.infer<typeof acceptedAnswer>;

/** Posts records to POST /v1/metadata as any producer would. */
export class MetadataClient {
  constructor(
    private readonly apiUrl: string,
    private readonly apiKey: string | undefined,
    private readonly wait: (ms: number) => Promise<unknown> = sleep,
  ) {}

  /**
   * Sends one JSON body. Waits as Retry-After asks on 429 and 503, at most four times; the same
   * eventId makes that harmless. Throws a DemoError with the API's own words for any other answer.
   */
  async post(body: string): Promise<Accepted> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await this.send(body);
      const text = await response.text();
      if (response.status === 202) return acceptedAnswer.parse(JSON.parse(text));

      const mayRetry = response.status === 429 || response.status === 503;
      if (!mayRetry || attempt === ATTEMPTS) throw new DemoError(describeRefusal(response.status, text));
      const askedMs = retryAfterMs(response.headers.get('retry-after'), Date.now());
      const waitMs = Math.min(askedMs ?? DEFAULT_WAIT_MS, MAX_WAIT_MS);
      console.log(`   ${response.status}, trying again in ${(waitMs / 1000).toFixed(1)} s`);
      await this.wait(waitMs);
    }
  }

  private async send(body: string): Promise<Response> {
    try {
      return await fetch(`${this.apiUrl}/v1/metadata`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(this.apiKey === undefined ? {} : { 'x-api-key': this.apiKey }),
        },
        body,
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      });
    } catch (error) {
      throw new DemoError(
        `${this.apiUrl} gives no answer: ${reasonOf(error)}.\n` +
          'Look at: make status (is the API running?), make logs.',
        { cause: error },
      );
    }
  }
}

/** An answer that is no 202 for human eyes: the problem's code and each field at fault, or the raw text. */
export function describeRefusal(status: number, text: string): string {
  const problem = problemAnswer.safeParse(parsedJson(text));
  if (!problem.success) return `The API answered ${status}: ${text.slice(0, SHOWN_CHARACTERS)}`;
  const { code, title, detail, errors } = problem.data;
  const headline = `The API answered ${status} ${code}: ${detail ?? title ?? 'no further words'}`;
  const faults = (errors ?? []).map((fault) => `  ${fault.pointer}  ${fault.code}  ${fault.message}`);
  return [headline, ...faults].join('\n');
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** fetch says only "fetch failed"; what happened is in its cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error && 'code' in error.cause) return String(error.cause.code);
  return error.message;
}
