import { UnreadableRecord, type RawRecord } from '@libs/domain';
import pino from 'pino';
import { Counter, Histogram, Registry } from 'prom-client';
import {
  BATCH_DURATION_METRIC,
  ConsumerTelemetry,
  DEAD_LETTERS_METRIC,
  OFFSET_JUMPS_METRIC,
  RECORDS_METRIC,
  type ForeignEvent,
} from './consumer-telemetry';

describe(ConsumerTelemetry.name, () => {
  let lines: Record<string, unknown>[];
  let telemetry: ConsumerTelemetry;
  let deadLetters: Counter;

  beforeEach(() => {
    lines = [];
    const registers = [new Registry()];
    const write = (line: string): number => lines.push(JSON.parse(line) as (typeof lines)[number]);
    deadLetters = new Counter({ ...DEAD_LETTERS_METRIC, registers });
    telemetry = new ConsumerTelemetry(
      {
        records: new Counter({ ...RECORDS_METRIC, registers }),
        deadLetters,
        offsetJumps: new Counter({ ...OFFSET_JUMPS_METRIC, registers }),
        durations: new Histogram({ ...BATCH_DURATION_METRIC, registers }),
      },
      pino({}, { write }),
    );
  });

  it('has one line in the log for each code of a batch of dead letters, and counts all that they stand for', async () => {
    const error = new UnreadableRecord('tombstone', 'no value');
    const refused = Array.from({ length: 100 }, (_, at) => ({ error, record: recordAt(BigInt(at)) }));
    const unread = { error: new UnreadableRecord('too_large_to_read', 'too large'), lastOffset: 1_099n };
    const last = { error: unread.error, record: { ...recordAt(100n), unread } };
    telemetry.deadLettered([...refused, last]);
    expect(lines).toMatchObject([
      { code: 'tombstone', records: 100, offset: '0', topic: 't', partition: 2 },
      { code: 'too_large_to_read', records: 1_000, offset: '100' },
    ]);
    const counted = (await deadLetters.get()).values.map(({ labels, value }) => [labels.code, value]);
    expect(counted).toEqual([
      ['tombstone', 100],
      ['too_large_to_read', 1_000],
    ]);
  });

  it('has one line in the log for each key id of a batch, however many foreign events it sent', () => {
    const event = (keyId: string | null, offset: bigint): ForeignEvent => ({
      eventId: `event-${offset}`,
      keyId,
      position: { topic: 'token.usage.v1', partition: 2, offset },
    });
    const flood = Array.from({ length: 1_000 }, (_, at) => event('flood', BigInt(at)));
    telemetry.foreign([...flood, event(null, 1_000n)], 'events of another key id');
    const place = { topic: 'token.usage.v1', partition: 2, msg: 'events of another key id' };
    expect(lines).toEqual([
      expect.objectContaining({ keyId: 'flood', events: 1_000, eventId: 'event-0', offset: '0', ...place }),
      expect.objectContaining({ keyId: null, events: 1, eventId: 'event-1000', offset: '1000', ...place }),
    ]);
  });
});

function recordAt(offset: bigint): RawRecord {
  return {
    position: { topic: 't', partition: 2, offset },
    timestamp: new Date(0),
    key: null,
    value: null,
    headers: {},
  };
}
