import type { AppProcess } from '@libs/testing/app-process';
import { problem, refusalOf, startApi } from './api';

const ROUTES = [
  '/v1/metadata/0190b6a4-7c1e-7b3a-9c55-2f0f8d3f4a11',
  '/v1/metadata',
  '/v1/metadata/stats',
  '/gpu/info',
  '/v1/gpus',
] as const;

jest.setTimeout(120_000);

describe('an API without a database to read from', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.stop());

  it.each(ROUTES)('answers 501 on %s', async (path) => {
    expect(await refusalOf(await fetch(api.url + path))).toMatchObject(problem(501, 'reads_not_configured'));
  });

  it('tells faults of the request and of the method all the same', async () => {
    expect((await fetch(`${api.url}/v1/metadata?limit=0`)).status).toBe(422);
    expect((await fetch(`${api.url}/v1/metadata/nonsense`)).status).toBe(422);
    expect((await fetch(`${api.url}/v1/gpus`, { method: 'POST' })).status).toBe(405);
  });
});

describe('an API that requires keys', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi({ AUTH_MODE: 'required' });
  });
  afterAll(() => api.stop());

  it.each(ROUTES)('asks for one before it says that it cannot read %s', async (path) => {
    expect(await refusalOf(await fetch(api.url + path))).toMatchObject(problem(401, 'unauthorized'));
  });
});
