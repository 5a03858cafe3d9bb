import type { JsonSchema } from '@libs/contracts';
import type { ErrorCode } from '@libs/domain';
import type { RouteAccess } from '@libs/platform';
import type { HeaderName } from './headers';
import type { ParameterName } from './parameters';
import type { SchemaName } from './schemas';

export type Tag = 'write' | 'read' | 'operation';

/** What the route does, as far as its problems follow from it. */
export type Trait =
  /** Reads one JSON document from the body. */
  | 'json-body'
  /** Takes bodies of MessagePack too. */
  | 'msgpack-body'
  /** Reads many records from the body, each with an answer of its own. */
  | 'batch-body'
  /** Takes query or path parameters that may be wrong. */
  | 'parameters'
  /** Answers once Kafka has acknowledged. */
  | 'publishes'
  /** Answers from the database. */
  | 'reads-database'
  /** Names one thing that may not be there. */
  | 'may-be-missing'
  /** Answers whether the process and what it depends on are well. */
  | 'probe';

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
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** As the route declares it. */
  readonly access: RouteAccess;
  readonly traits: readonly Trait[];
  readonly parameters?: readonly ParameterName[];
  readonly body?: BodyDoc;
  readonly answers: Readonly<Record<number, AnswerDoc>>;
  /** Error codes besides those that access and traits bring. */
  readonly problems?: readonly ErrorCode[];
}
