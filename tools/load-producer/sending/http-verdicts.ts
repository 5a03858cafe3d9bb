import type { HttpAnswer } from './http-client';
import type { Refusal, Verdict } from './sender';

const ACCEPTED = 202;
const RETRIABLE = new Set([408, 429]);
/** Of the key, the address or the path: what the body holds does not matter. */
const CONCERNS_ALL = new Set([401, 403, 404, 405]);

type Json = Readonly<Record<string, unknown>>;

/** What the answer to a POST of one record says of it. */
export function verdictOfAnswer({ status, body, retryAfterMs }: HttpAnswer, id: string): Verdict {
  return verdict({ status, retryAfterMs, body: parsed(body) }, id);
}

/** What the answer to a batch says of each of its records. */
export function verdictsOfBatch(answer: HttpAnswer, ids: readonly string[]): Verdict[] {
  const { status, retryAfterMs } = answer;
  const body = parsed(answer.body);
  if (!Array.isArray(body.results)) return ids.map(() => verdict({ status, retryAfterMs, body }));
  const results = body.results as readonly Json[];
  return ids.map((id, index) => {
    const result = results[index];
    // A batch that ended early says nothing of the records behind: they are sent again, in a smaller one.
    if (result === undefined) return { kind: 'retriable', label: 'no result' };
    const seconds = typeof result.retryAfter === 'number' ? result.retryAfter : undefined;
    const afterMs = seconds === undefined ? undefined : seconds * 1_000;
    return verdict({ status: Number(result.status), retryAfterMs: afterMs, body: result }, id);
  });
}

/** No answer came. */
export function verdictOfError(error: unknown): Verdict {
  const { code, message } = error as NodeJS.ErrnoException;
  return { kind: 'retriable', label: code ?? message };
}

interface Told {
  readonly status: number;
  readonly retryAfterMs?: number | undefined;
  readonly body: Json;
}

function verdict({ status, retryAfterMs, body }: Told, id?: string): Verdict {
  const code = typeof body.code === 'string' ? body.code : undefined;
  const label = code === undefined ? String(status) : `${status} ${code}`;
  if (status === ACCEPTED) {
    // A proxy's page, say, is no promise that this record is kept.
    if (id !== undefined && (body.eventId ?? body.id) === id) return { kind: 'acknowledged', label };
    const message = 'the answer does not name the record: is this the API?';
    return { kind: 'refused', label: `${label} of another`, refusal: { code: 'not_named', message } };
  }
  if (status >= 500 || RETRIABLE.has(status)) {
    return { kind: 'retriable', label, ...(retryAfterMs !== undefined && { afterMs: retryAfterMs }) };
  }
  return { kind: 'refused', label, refusal: refusalOf(status, body) };
}

function refusalOf(status: number, body: Json): Refusal {
  const [fault] = Array.isArray(body.errors) ? (body.errors as readonly Json[]) : [];
  const told = fault?.message ?? body.detail ?? body.title;
  return {
    code:
      typeof fault?.code === 'string'
        ? fault.code
        : typeof body.code === 'string'
          ? body.code
          : String(status),
    ...(typeof fault?.pointer === 'string' && { pointer: fault.pointer }),
    message: typeof told === 'string' ? told : 'no further words',
    concernsAll: CONCERNS_ALL.has(status),
  };
}

function parsed(text: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : {};
  } catch {
    return {};
  }
}
