const count = { type: 'integer', minimum: 0 };
const ms = { type: ['number', 'null'], description: 'Milliseconds; null where no record was accepted' };
const moment = { type: 'string', format: 'date-time' };
const problem = { type: 'string', description: 'Why the part is not usable' };

/** JSON Schema of `StatusBody`. */
export const STATUS_SCHEMA = {
  type: 'object',
  required: ['version', 'startedAt', 'window', 'queue', 'deadLetters', 'parts'],
  properties: {
    version: { type: 'string' },
    startedAt: moment,
    window: {
      type: 'object',
      description: 'One point for each whole second in which this process ran, the oldest first',
      required: ['seconds', 'points'],
      properties: {
        seconds: count,
        points: {
          type: 'array',
          items: {
            type: 'object',
            required: ['at', 'accepted', 'refused', 'p50Ms', 'p95Ms', 'p99Ms'],
            properties: { at: moment, accepted: count, refused: count, p50Ms: ms, p95Ms: ms, p99Ms: ms },
          },
        },
      },
    },
    queue: {
      type: 'object',
      description: 'Bytes that wait for the acknowledgement of Kafka',
      required: ['bytes', 'maxBytes'],
      properties: { bytes: count, maxBytes: count },
    },
    deadLetters: {
      type: 'object',
      description: 'Letters in each dead-letter topic; null where Kafka does not tell',
      additionalProperties: { type: ['integer', 'null'], minimum: 0 },
    },
    parts: {
      type: 'object',
      required: ['kafka', 'reads'],
      properties: {
        kafka: {
          type: 'object',
          required: ['up'],
          properties: { up: { type: 'boolean' }, problem },
        },
        reads: {
          type: 'object',
          required: ['up', 'configured'],
          properties: {
            up: { type: 'boolean' },
            configured: { type: 'boolean', description: 'False where this API only writes' },
            problem,
          },
        },
      },
    },
  },
};
