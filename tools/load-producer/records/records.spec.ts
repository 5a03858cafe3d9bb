import {
  GPU_METRICS,
  GPU_METRICS_TOPIC,
  readSubmission,
  TOKEN_USAGE,
  TOKEN_USAGE_TOPIC,
} from '@libs/contracts';
import { jsonBody } from '../sending/record-bodies';
import { LineageRecords } from './lineage-records';
import { MetadataRecords } from './metadata-records';
import { RunIdentity } from './run-identity';

const startedAtMs = Date.parse('2026-11-21T05:39:39.000Z');
const identity = (changes: { seed?: number; run?: number } = {}): RunIdentity =>
  new RunIdentity({ seed: 1, rate: 100_000, startedAtMs, run: 5, ...changes });
const now = new Date(startedAtMs);
const indices = Array.from({ length: 600 }, (_, index) => index);

describe(MetadataRecords.name, () => {
  const records = new MetadataRecords(identity(), 16);

  it.each(['json', 'packed'] as const)('makes bodies that the contract takes: %s', (form) => {
    for (const index of indices) {
      const submission = readSubmission(Buffer.from(jsonBody(records.at(index), form)), { now });
      expect(submission.eventId).toBe(records.run.eventId(index));
      expect(Buffer.from(submission.embedding.data).toString()).toBe(records.at(index).embedding.base64());
    }
  });

  it('makes the same record for the same index, and its content depends on the seed alone', () => {
    const content = (made: MetadataRecords, index: number): unknown => {
      const { fields, embedding } = made.at(index);
      return [fields.model, fields.gpu, fields.source, embedding.base64()];
    };
    expect(content(records, 77)).toEqual(content(new MetadataRecords(identity({ run: 6 }), 16), 77));
    expect(content(records, 77)).not.toEqual(content(new MetadataRecords(identity({ seed: 2 }), 16), 77));
  });

  it('has several models and devices, some without a GPU', () => {
    const of = (read: (index: number) => string): number => new Set(indices.map(read)).size;
    expect(of((index) => records.at(index).fields.model)).toBe(5);
    expect(of((index) => records.at(index).fields.gpu.deviceName)).toBe(8);
  });
});

describe(LineageRecords.name, () => {
  it.each([
    [GPU_METRICS_TOPIC, GPU_METRICS],
    [TOKEN_USAGE_TOPIC, TOKEN_USAGE],
  ] as const)(
    'makes events of %s that the contract takes, each with an identity of its own',
    (topic, contract) => {
      const records = new LineageRecords(identity(), topic);
      const ids = indices.map((index) => {
        const { id, fields } = records.at(index);
        expect(contract.read(Buffer.from(JSON.stringify(fields)), { now }).event.id).toBe(id);
        expect(records.indexOf(fields)).toBe(index);
        return id;
      });
      expect(new Set(ids).size).toBe(ids.length);
      expect(new LineageRecords(identity({ run: 6 }), topic).indexOf(records.at(3).fields)).toBeUndefined();
    },
  );
});
