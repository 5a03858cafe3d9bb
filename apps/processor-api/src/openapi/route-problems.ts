import type { ErrorCode } from '@libs/domain';
import type { RouteAccess } from '@libs/platform';
import { HTTP_STATUS } from '../http/problems/problem';
import type { RouteDoc, Trait } from './route-doc';

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

const OF_ACCESS: Readonly<Record<RouteAccess, readonly ErrorCode[]>> = {
  ingest: KEYED,
  read: KEYED,
  open: [],
  health: [],
  metrics: [],
};

const BODY: readonly ErrorCode[] = [
  'invalid_json',
  'invalid_encoding',
  'nesting_too_deep',
  'invalid_compression',
  'body_too_large',
  'unsupported_media_type',
  'invalid_metadata',
];

const OF_TRAIT: Readonly<Record<Trait, readonly ErrorCode[]>> = {
  'json-body': BODY,
  'msgpack-body': ['invalid_msgpack'],
  'batch-body': [...BODY, 'batch_too_long', 'event_id_on_batch'],
  parameters: ['invalid_metadata'],
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
  'may-be-missing': ['not_found'],
  probe: ['not_ready'],
};

/** Status → the error codes a route answers with it, both in order: the one list of what can go wrong where. */
export function routeProblems({ access, traits, problems = [] }: RouteDoc): Map<number, ErrorCode[]> {
  const codes = new Set([
    ...EVERYWHERE,
    ...OF_ACCESS[access],
    ...traits.flatMap((trait) => OF_TRAIT[trait]),
    ...problems,
  ]);
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const status = HTTP_STATUS[code];
    if (status === undefined) throw new Error(`no HTTP client can meet ${code}`);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return new Map([...byStatus].sort(([one], [other]) => one - other));
}
