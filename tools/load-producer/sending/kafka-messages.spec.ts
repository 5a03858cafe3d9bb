import {
  decodeRecord,
  GPU_METRICS,
  GPU_METRICS_TOPIC,
  TOKEN_USAGE,
  TOKEN_USAGE_TOPIC,
} from '@libs/contracts';
import { rawRecord } from '@libs/contracts/testing';
import { LineageRecords } from '../records/lineage-records';
import { MetadataRecords } from '../records/metadata-records';
import { RunIdentity } from '../records/run-identity';
import { messageOf } from './kafka-messages';

const run = new RunIdentity({
  seed: 1,
  rate: 10,
  startedAtMs: Date.parse('2026-11-21T05:39:39.000Z'),
  run: 5,
});

describe(messageOf.name, () => {
  it('writes what the worker decodes, under the event id, as an event of its own source', () => {
    const records = new MetadataRecords(run, 12);
    const { key, value, headers } = messageOf(records, 3);
    const { metadata } = decodeRecord(rawRecord({ key, value, headers: headers ?? {} }));
    expect(key.toString()).toBe(run.eventId(3));
    expect(metadata).toMatchObject({ eventId: run.eventId(3), model: records.at(3).fields.model });
    expect(Buffer.from(metadata.embedding.buffer).toString('base64')).toBe(records.at(3).embedding.base64());
    expect(headers?.ce_source).toBe('/load-producer');
  });

  it.each([
    [GPU_METRICS_TOPIC, GPU_METRICS],
    [TOKEN_USAGE_TOPIC, TOKEN_USAGE],
  ] as const)(
    'writes %s as producers inside the network do: under the identity, without headers',
    (topic, contract) => {
      const { key, value, headers } = messageOf(new LineageRecords(run, topic), 3);
      expect(contract.decode(rawRecord({ key, value, headers: {} })).event.id).toBe(key.toString());
      expect(headers).toBeUndefined();
    },
  );
});
