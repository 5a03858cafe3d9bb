const ACCEPTED = {
  index: 0,
  status: 202,
  eventId: '0198f2a0-7c1e-7a3b-9f60-2d1f0a6b4c55',
  topic: 'gpu-metadata',
  partition: 3,
  offset: 1204,
  acceptedAt: '2026-11-21T05:39:40.120Z',
};

export const ACCEPTED_BATCH_EXAMPLE = { results: [ACCEPTED] };

export const BATCH_RESULTS_EXAMPLE = {
  results: [
    ACCEPTED,
    {
      index: 1,
      status: 422,
      type: 'about:blank',
      title: 'Unprocessable Entity',
      code: 'invalid_metadata',
      detail: '1 field(s) break the contract',
      errors: [{ pointer: '/model', code: 'required', message: 'is missing' }],
    },
    {
      index: 2,
      status: 503,
      type: 'about:blank',
      title: 'Service Unavailable',
      code: 'queue_full',
      detail: 'more than 67108864 bytes wait for Kafka',
      retryAfter: 1,
    },
  ],
};
