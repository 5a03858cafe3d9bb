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
  it('has one line in the log for each key id of a batch, however many foreign events it sent', () => {
    const registers = [new Registry()];
    const lines: Record<string, unknown>[] = [];
    const write = (line: string): number => lines.push(JSON.parse(line) as (typeof lines)[number]);
    const telemetry = new ConsumerTelemetry(
      {
        records: new Counter({ ...RECORDS_METRIC, registers }),
        deadLetters: new Counter({ ...DEAD_LETTERS_METRIC, registers }),
        offsetJumps: new Counter({ ...OFFSET_JUMPS_METRIC, registers }),
        durations: new Histogram({ ...BATCH_DURATION_METRIC, registers }),
      },
      pino({}, { write }),
    );
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
