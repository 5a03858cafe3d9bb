import { verdictOfAnswer, verdictOfError, verdictsOfBatch } from './http-verdicts';

const id = '0198f0c0-0000-7000-8000-000000000001';
const answer = (
  status: number,
  body: unknown,
  retryAfterMs?: number,
): Parameters<typeof verdictOfAnswer>[0] => ({
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});

describe(verdictOfAnswer.name, () => {
  it.each([{ eventId: id }, { id }])(
    'takes a 202 that names the record for its acknowledgement: %j',
    (body) => {
      expect(verdictOfAnswer(answer(202, body), id)).toEqual({ kind: 'acknowledged', label: '202' });
    },
  );

  it.each(['<html>welcome</html>', '{"eventId":"another"}', '7', ''])(
    'takes no other 202 for it: %s',
    (body) => {
      expect(verdictOfAnswer(answer(202, body), id)).toMatchObject({
        kind: 'refused',
        refusal: { code: 'not_named' },
      });
    },
  );

  it.each([408, 429, 500, 502, 503, 504])('sends again after %i', (status) => {
    expect(verdictOfAnswer(answer(status, { code: 'x' }), id)).toEqual({
      kind: 'retriable',
      label: `${status} x`,
    });
  });

  it('waits as long as Retry-After asks', () => {
    expect(verdictOfAnswer(answer(503, {}, 2_000), id)).toEqual({
      kind: 'retriable',
      label: '503',
      afterMs: 2_000,
    });
  });

  it('names the first field at fault of a refused record, which is not sent again', () => {
    const errors = [
      { pointer: '/gpu/deviceName', code: 'required', message: 'is missing' },
      { pointer: '/model', code: 'required', message: 'is missing' },
    ];
    expect(verdictOfAnswer(answer(422, { code: 'invalid_metadata', errors }), id)).toEqual({
      kind: 'refused',
      label: '422 invalid_metadata',
      refusal: { code: 'required', pointer: '/gpu/deviceName', message: 'is missing', concernsAll: false },
    });
  });

  it.each([401, 403, 404])('knows that %i concerns all records', (status) => {
    const body = { code: 'unauthorized', detail: 'no key' };
    expect(verdictOfAnswer(answer(status, body), id)).toMatchObject({
      refusal: { code: 'unauthorized', message: 'no key', concernsAll: true },
    });
  });
});

describe(verdictsOfBatch.name, () => {
  it('gives each record its own result', () => {
    const results = [
      { index: 0, status: 202, eventId: id },
      {
        index: 1,
        status: 422,
        code: 'invalid_metadata',
        errors: [{ pointer: '/model', code: 'required', message: '' }],
      },
      { index: 2, status: 503, code: 'queue_full', retryAfter: 1 },
    ];
    expect(verdictsOfBatch(answer(207, { results }), [id, 'b', 'c', 'd'])).toEqual([
      { kind: 'acknowledged', label: '202' },
      expect.objectContaining({ kind: 'refused', label: '422 invalid_metadata' }),
      { kind: 'retriable', label: '503 queue_full', afterMs: 1_000 },
      { kind: 'retriable', label: 'no result' },
    ]);
  });

  it('takes the answer to the whole batch for that to each', () => {
    const kinds = verdictsOfBatch(answer(413, { code: 'body_too_large' }), ['a', 'b']).map(
      ({ label }) => label,
    );
    expect(kinds).toEqual(['413 body_too_large', '413 body_too_large']);
  });
});

describe(verdictOfError.name, () => {
  it('is counted by its code and sent again', () => {
    const error = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    expect(verdictOfError(error)).toEqual({ kind: 'retriable', label: 'ECONNREFUSED' });
  });
});
