import { EMBEDDING_FORMS, READ_LIMITS, RECORD_SCHEMA, type JsonSchema } from '@libs/contracts';
import { fieldsOf, text } from './schema-types';

interface ParameterDoc {
  readonly in: 'header' | 'path' | 'query';
  readonly required?: boolean;
  readonly description: string;
  readonly schema: JsonSchema;
  readonly example?: string | number;
}

const { eventId, model, gpu, tags, capturedAt } = fieldsOf<
  'eventId' | 'model' | 'gpu' | 'tags' | 'capturedAt'
>(RECORD_SCHEMA);
const someEvent = '0198f2a0-7c1e-7a3b-9f60-2d1f0a6b4c55';

/** Parameters of routes. */
export const PARAMETERS = {
  'Idempotency-Key': {
    in: 'header',
    description:
      'Names the event where the body does not, bare or quoted: its eventId, or 1 to 255 visible ASCII characters, ' +
      'which become a UUID (version 8) of the key id and them; the answer tells it. Another event than the body ' +
      'names is refused.',
    schema: { type: 'string', pattern: '^(?!""$)(?:"[!-~]{1,255}"|[!-~]{1,255})$' },
    example: someEvent,
  },
  traceparent: {
    in: 'header',
    description: 'W3C Trace Context of the caller, passed on to Kafka; one that is not valid is ignored',
    schema: text,
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  },
  eventId: {
    in: 'path',
    required: true,
    description: 'The event, as its receipt named it',
    schema: eventId,
    example: someEvent,
  },
  include: { in: 'query', description: 'Asks for the vector too', schema: { enum: ['embedding'] } },
  as: {
    in: 'query',
    description: 'The form of the vector; only with include=embedding',
    schema: { enum: EMBEDDING_FORMS, default: 'packed' },
  },
  model: { in: 'query', description: 'Exactly this model', schema: model, example: 'resnet50' },
  deviceName: {
    in: 'query',
    description: 'Exactly this device',
    schema: fieldsOf<'deviceName'>(gpu).deviceName,
    example: 'Tesla T4',
  },
  tag: {
    in: 'query',
    description: 'Documents with this tag',
    schema: { ...(tags.items as JsonSchema), minLength: 1 },
    example: 'colab',
  },
  from: {
    in: 'query',
    description: 'Captures from this instant on; before `to`',
    schema: capturedAt,
    example: '2026-11-20T00:00:00Z',
  },
  to: {
    in: 'query',
    description: 'Captures before this instant',
    schema: capturedAt,
    example: '2026-11-21T00:00:00Z',
  },
  limit: {
    in: 'query',
    description: `Items on a page; at most ${READ_LIMITS.pageItemsWithEmbeddings} with vectors`,
    schema: {
      type: 'integer',
      minimum: 1,
      maximum: READ_LIMITS.pageItems,
      default: READ_LIMITS.defaultPageItems,
    },
  },
  cursor: {
    in: 'query',
    description: 'The nextCursor of the page before, for the same filter',
    schema: { type: 'string', minLength: 1, maxLength: READ_LIMITS.cursorCharacters },
  },
} satisfies Record<string, ParameterDoc>;

export type ParameterName = keyof typeof PARAMETERS;
