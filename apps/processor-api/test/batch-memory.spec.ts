import { gzipSync } from 'node:zlib';
import { packedBody, submissionBody } from '@libs/contracts/testing';
import type { AppProcess } from '@libs/testing/app-process';
import { post, postTo, startApi } from './api';

const MIB = 1024 * 1024;

jest.setTimeout(90_000);

describe('memory', () => {
  let api: AppProcess;

  beforeAll(async () => {
    api = await startApi({ LOG_LEVEL: 'warn' });
  });
  afterAll(() => api.stop());

  it('grows by less than 64 MiB for packed batches of 1,000 vectors of 2,048 floats, compared with 1,000 single ones', async () => {
    const vector = Array.from({ length: 2048 }, () => Math.random() - 0.5);
    const item = JSON.stringify(submissionBody({ eventId: undefined, embedding: packedBody(vector) }));
    const array = `[${Array.from({ length: 1_000 }, () => item).join(',')}]`;
    expect(array.length).toBeGreaterThan(10 * MIB);
    // What V8 keeps for such records one by one it keeps for any; what a batch costs is what comes on top.
    const client = async (): Promise<void> => {
      for (let sent = 0; sent < 125; sent++) await (await post(api, item)).arrayBuffer();
    };
    await Promise.all(Array.from({ length: 8 }, client));
    for (const [body, headers] of [
      [array, {}],
      [
        array.slice(1, -1).replaceAll('},{"model"', '}\n{"model"'),
        { 'content-type': 'application/x-ndjson' },
      ],
      [gzipSync(array, { level: 1 }), { 'content-encoding': 'gzip' }],
      [array, {}],
    ] as const) {
      api.forgetPeakRss();
      const before = api.rssMib;
      const answer = await postTo(api, '/v1/metadata/batch', body, headers);
      const { results } = (await answer.json()) as { results: readonly unknown[] };
      expect([answer.status, results.length]).toEqual([202, 1_000]);
      expect(api.peakRssMib - before).toBeLessThan(64);
    }
  });
});
