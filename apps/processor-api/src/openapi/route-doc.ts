import type { JsonSchema } from '@libs/contracts';
import type { ErrorCode } from '@libs/domain';
import type { RouteAccess } from '@libs/platform';
import { isKeyless } from '../access/api-key';
import { HTTP_STATUS } from '../http/problems/problem';
import type { HeaderName } from './headers';
import type { ParameterName } from './parameters';
import type { SchemaName } from './schemas';

export interface BodyDoc {
  readonly description: string;
  /** Media type → schema, with named examples. */
  readonly content: Readonly<Record<string, { readonly schema: SchemaName; readonly examples?: Examples }>>;
}

export type Examples = Readonly<Record<string, { readonly summary: string; readonly value: unknown }>>;

export interface AnswerDoc {
  readonly description: string;
  readonly headers?: readonly HeaderName[];
  /** Media type → a component, or a schema of its own for what is no JSON. */
  readonly content?: Readonly<
    Record<string, { readonly schema: SchemaName | JsonSchema; readonly example?: unknown }>
  >;
}

/** One route of the API as the document tells it; what it does not say follows from access and traits. */
export interface RouteDoc {
  readonly method: 'get' | 'post';
  /** As OpenAPI writes it: `/v1/metadata/{eventId}`. */
  readonly path: string;
  readonly operationId: string;
  readonly tag: 'write' | 'read' | 'operation';
  readonly summary: string;
  readonly description?: string;
  /** As the route declares it. */
  readonly access: RouteAccess;
  /** What the route does, as far as its problems follow from it. */
  readonly traits: readonly (keyof typeof OF_TRAIT)[];
  readonly parameters?: readonly ParameterName[];
  readonly body?: BodyDoc;
  readonly answers: Readonly<Record<number, AnswerDoc>>;
}

/** Every request may meet these, whatever it asks for. */
const EVERYWHERE: readonly ErrorCode[] = [
  'invalid_request',
  'address_not_allowed',
  'request_timeout',
  'headers_too_large',
  'internal_error',
  'overloaded',
  'shutting_down',
];

const KEYED: readonly ErrorCode[] = [
  'unauthorized',
  'insufficient_scope',
  'too_many_failures',
  'rate_limited',
];

const BODY: readonly ErrorCode[] = [
  'invalid_json',
  'invalid_encoding',
  'nesting_too_deep',
  'invalid_compression',
  'body_too_large',
  'unsupported_media_type',
  'invalid_metadata',
];

const OF_TRAIT = {
  'json-body': BODY,
  'msgpack-body': ['invalid_msgpack'],
  /** Many records, each with an answer of its own. */
  'batch-body': [...BODY, 'batch_too_long', 'event_id_on_batch'],
  /** Takes query or path parameters that may be wrong. */
  parameters: ['invalid_metadata'],
  /** Answers once Kafka has acknowledged. */
  publishes: [
    'queue_full',
    'publish_timeout',
    'broker_unavailable',
    'record_too_large_for_topic',
    'record_refused_by_topic',
    'topic_missing',
    'topic_not_authorized',
    'topic_unusable',
  ],
  'reads-database': ['reads_not_configured', 'store_unavailable', 'read_timeout'],
  /** Names one thing that may not be there. */
  'may-be-missing': ['not_found'],
  /** Answers whether the process and what it depends on are well. */
  probe: ['not_ready'],
} as const satisfies Record<string, readonly ErrorCode[]>;

/** Status → the error codes a route answers with it, both in order: the one list of what can go wrong where. */
export function routeProblems({ access, traits }: RouteDoc): Map<number, ErrorCode[]> {
  const codes = new Set([
    ...EVERYWHERE,
    ...(isKeyless(access) ? [] : KEYED),
    ...traits.flatMap((trait) => OF_TRAIT[trait]),
  ]);
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const status = HTTP_STATUS[code];
    if (status === undefined) throw new Error(`no HTTP client can meet ${code}`);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return new Map([...byStatus].sort(([one], [other]) => one - other));
}
