import { MetadataRecords } from '../records/metadata-records';
import { LineageRecords } from '../records/lineage-records';
import { RunIdentity } from '../records/run-identity';
import { HttpRequests } from '../sending/http-requests';
import { verdictOfAnswer, verdictsOfBatch } from '../sending/http-verdicts';
import { nullAnswer } from './null-answer';

const run = new RunIdentity({ seed: 1, rate: 10, startedAtMs: Date.parse('2026-11-21T05:39:39.000Z') });
const forms = {
  json: { topic: 'gpu-metadata', encoding: 'json', compression: 'none', batch: 1 },
  'packed, gzip': { topic: 'gpu-metadata', encoding: 'packed', compression: 'gzip', batch: 1 },
  msgpack: { topic: 'gpu-metadata', encoding: 'msgpack', compression: 'none', batch: 1 },
  'a batch, zstd': { topic: 'gpu-metadata', encoding: 'packed', compression: 'zstd', batch: 3 },
  readings: { topic: 'gpu.metrics.v1', encoding: 'json', compression: 'none', batch: 1 },
  'readings, msgpack': { topic: 'gpu.metrics.v1', encoding: 'msgpack', compression: 'none', batch: 1 },
  usages: { topic: 'token.usage.v1', encoding: 'json', compression: 'none', batch: 1 },
} as const;

describe(nullAnswer.name, () => {
  it.each(Object.entries(forms))('acknowledges every record: %s', async (_name, form) => {
    const records =
      form.topic === 'gpu-metadata' ? new MetadataRecords(run, 8) : new LineageRecords(run, form.topic);
    const indices = Array.from({ length: form.batch }, (_, index) => index);
    const request = await new HttpRequests(records, form).of(indices);
    const answer = { status: 202, body: nullAnswer(request).toString() };
    const verdicts =
      form.batch > 1 ? verdictsOfBatch(answer, request.ids) : [verdictOfAnswer(answer, request.ids[0]!)];
    expect(verdicts.map(({ kind }) => kind)).toEqual(indices.map(() => 'acknowledged'));
  });
});
