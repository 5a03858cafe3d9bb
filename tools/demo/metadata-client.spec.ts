import { describeRefusal, MetadataClient } from './metadata-client';

const ACCEPTED = {
  eventId: 'cf693fa0-ffa9-5084-a639-b1d8c7081b1a',
  topic: 'gpu-metadata',
  partition: 3,
  offset: '41',
  acceptedAt: '2026-11-21T11:00:00.000Z',
};

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers });
}

describe(MetadataClient.name, () => {
  const waits: number[] = [];
  const client = new MetadataClient('http://127.0.0.1:8000', 'secret', (ms) => {
    waits.push(ms);
    return Promise.resolve();
  });
  let fetched: jest.SpiedFunction<typeof fetch>;

  beforeEach(() => {
    waits.length = 0;
    fetched = jest.spyOn(globalThis, 'fetch');
    jest.spyOn(console, 'log').mockImplementation();
  });

  afterEach(() => jest.restoreAllMocks());

  it('waits as long as Retry-After asks, then returns the acceptance', async () => {
    fetched
      .mockResolvedValueOnce(answer(503, { code: 'broker_unavailable' }, { 'retry-after': '2' }))
      .mockResolvedValueOnce(answer(202, ACCEPTED));
    await expect(client.post('{}')).resolves.toMatchObject({ partition: 3, offset: '41' });
    expect(waits).toEqual([2000]);
  });

  it('gives up after five attempts', async () => {
    fetched.mockImplementation(() => Promise.resolve(answer(429, { code: 'rate_limited' })));
    await expect(client.post('{}')).rejects.toThrow('429 rate_limited');
    expect(fetched).toHaveBeenCalledTimes(5);
  });

  it('does not repeat a record the API refuses', async () => {
    fetched.mockResolvedValueOnce(answer(422, { code: 'validation_failed' }));
    await expect(client.post('{}')).rejects.toThrow('422 validation_failed');
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  it('sends the API key where there is one', async () => {
    fetched.mockResolvedValueOnce(answer(202, ACCEPTED));
    await client.post('{}');
    expect(fetched.mock.calls[0]?.[1]?.headers).toMatchObject({ 'x-api-key': 'secret' });
  });

  it('says what to look at when nothing listens', async () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    fetched.mockRejectedValueOnce(new TypeError('fetch failed', { cause: refused }));
    await expect(client.post('{}')).rejects.toThrow(/ECONNREFUSED.*\n.*make status/);
  });
});

describe(describeRefusal.name, () => {
  it("names the problem's code and each field at fault", () => {
    const problem = {
      code: 'validation_failed',
      title: 'The record is not valid',
      errors: [{ pointer: '/gpu/deviceName', code: 'required', message: 'is missing' }],
    };
    expect(describeRefusal(422, JSON.stringify(problem))).toBe(
      'The API answered 422 validation_failed: The record is not valid\n  /gpu/deviceName  required  is missing',
    );
  });

  it('shows the raw text of an answer that is no problem document', () => {
    expect(describeRefusal(502, '<html>Bad Gateway</html>')).toBe(
      'The API answered 502: <html>Bad Gateway</html>',
    );
  });
});
