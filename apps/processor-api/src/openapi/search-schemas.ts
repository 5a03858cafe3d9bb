import { optional, RECORD_SCHEMA, SEARCH_LIMITS, SUBMISSION_SCHEMA, type JsonSchema } from '@libs/contracts';

const { embedding } = SUBMISSION_SCHEMA.properties as Readonly<Record<string, JsonSchema>>;
const { model, gpu, tags, capturedAt } = RECORD_SCHEMA.properties as Readonly<
  Record<
    string,
    JsonSchema & { readonly properties?: Readonly<Record<string, JsonSchema>>; readonly items?: JsonSchema }
  >
>;

/** The body of POST /v1/metadata/search. Only the API can tell a vector without direction. */
export const SEARCH_SCHEMA: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['embedding'],
  properties: {
    embedding,
    k: optional({
      type: 'integer',
      minimum: 1,
      maximum: SEARCH_LIMITS.neighbours,
      default: SEARCH_LIMITS.defaultNeighbours,
    }),
    filter: optional({
      type: 'object',
      additionalProperties: false,
      properties: {
        model: optional(model!),
        deviceName: optional(gpu!.properties!.deviceName!),
        tag: optional(tags!.items!),
        from: optional(capturedAt!),
        to: optional(capturedAt!),
      },
    }),
  },
};

/** Its answer. */
export const SEARCH_ANSWER_SCHEMA: JsonSchema = {
  type: 'object',
  required: ['items', 'scanned', 'exhaustive', 'asOf'],
  properties: {
    items: {
      type: 'array',
      maxItems: SEARCH_LIMITS.neighbours,
      items: {
        allOf: [
          { $ref: '#/components/schemas/Document' },
          {
            required: ['score'],
            properties: { score: { type: 'number', minimum: -1, maximum: 1, description: 'Cosine' } },
          },
        ],
      },
    },
    scanned: { type: 'integer', minimum: 0, description: 'Vectors that were compared with the query' },
    exhaustive: { type: 'boolean', description: 'False: nearer ones may be missing' },
    asOf: {
      type: 'string',
      format: 'date-time',
      description: 'What was stored before is taken into account',
    },
  },
};
