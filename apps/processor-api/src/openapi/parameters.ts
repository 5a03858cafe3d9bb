import { EMBEDDING_FORMS, READ_LIMITS, RECORD_SCHEMA, type JsonSchema } from '@libs/contracts';

interface ParameterDoc {
  readonly name: string;
  readonly in: 'header' | 'path' | 'query';
  readonly required?: boolean;
  readonly description: string;
  readonly schema: JsonSchema | undefined;
  readonly example?: string | number;
}

type Fields = Readonly<
  Record<string, JsonSchema & { readonly properties?: Fields; readonly items?: JsonSchema }>
>;

const { eventId, model, gpu, tags, capturedAt } = RECORD_SCHEMA.properties as Fields;
const someEvent = '0198f2a0-7c1e-7a3b-9f60-2d1f0a6b4c55';

/** Parameters of routes, by the name of their component. */
export const PARAMETERS = {
  IdempotencyKey: {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Names the event where the body does not, bare or quoted: its eventId, or 1 to 255 visible ASCII characters, ' +
      'which become a UUID (version 8) of the key id and them; the answer tells it. Another event than the body ' +
      'names is refused.',
    schema: { type: 'string', pattern: '^(?!""$)(?:"[!-~]{1,255}"|[!-~]{1,255})$' },
    example: someEvent,
  },
  Traceparent: {
    name: 'traceparent',
    in: 'header',
    description: 'W3C Trace Context of the caller, passed on to Kafka; one that is not valid is ignored',
    schema: { type: 'string' },
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  },
  EventId: {
    name: 'eventId',
    in: 'path',
    required: true,
    description: 'The event, as its receipt named it',
    schema: eventId,
    example: someEvent,
  },
  Include: {
    name: 'include',
    in: 'query',
    description: 'Asks for the vector too',
    schema: { enum: ['embedding'] },
  },
  As: {
    name: 'as',
    in: 'query',
    description: 'The form of the vector; only with include=embedding',
    schema: { enum: EMBEDDING_FORMS, default: 'packed' },
  },
  Model: {
    name: 'model',
    in: 'query',
    description: 'Exactly this model',
    schema: model,
    example: 'resnet50',
  },
  DeviceName: {
    name: 'deviceName',
    in: 'query',
    description: 'Exactly this device',
    schema: gpu?.properties?.deviceName,
    example: 'Tesla T4',
  },
  Tag: {
    name: 'tag',
    in: 'query',
    description: 'Documents with this tag',
    schema: { ...tags?.items, minLength: 1 },
    example: 'colab',
  },
  From: {
    name: 'from',
    in: 'query',
    description: 'Captures from this instant on; before `to`',
    schema: capturedAt,
    example: '2026-11-20T00:00:00Z',
  },
  To: {
    name: 'to',
    in: 'query',
    description: 'Captures before this instant',
    schema: capturedAt,
    example: '2026-11-21T00:00:00Z',
  },
  Limit: {
    name: 'limit',
    in: 'query',
    description: `Items on a page; at most ${READ_LIMITS.pageItemsWithEmbeddings} with vectors`,
    schema: {
      type: 'integer',
      minimum: 1,
      maximum: READ_LIMITS.pageItems,
      default: READ_LIMITS.defaultPageItems,
    },
  },
  Cursor: {
    name: 'cursor',
    in: 'query',
    description: 'The nextCursor of the page before, for the same filter',
    schema: { type: 'string', minLength: 1, maxLength: READ_LIMITS.cursorCharacters },
  },
} satisfies Record<string, ParameterDoc>;

export type ParameterName = keyof typeof PARAMETERS;
