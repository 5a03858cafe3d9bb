import { trace } from '@opentelemetry/api';
import pino from 'pino';
import { Counter, Histogram } from 'prom-client';
import { encodedRecord, rawRecord } from '@libs/contracts/testing';
import {
  DeadLetters,
  RecordRejected,
  StoreUnavailable,
  UnreadableRecord,
  type DeadLetter,
  type RawRecord,
} from '@libs/domain';
import { acceptedMetadata, FixedClock } from '@libs/domain/testing';
import { Tracing } from '@libs/platform';
import { BatchProcessor, type Outcome } from './batch-processor';
import { ConsumerTelemetry } from './consumer-telemetry';

const FAILED_AT = new Date('2026-11-21T12:00:00Z');

class KeptLetters extends DeadLetters {
  readonly letters: DeadLetter[] = [];
  send(letters: readonly DeadLetter[]): Promise<void> {
    this.letters.push(...letters);
    return Promise.resolve();
  }
}

describe(BatchProcessor.name, () => {
  const encoded = encodedRecord(acceptedMetadata());
  const records = Array.from({ length: 4 }, (_, at) =>
    rawRecord(encoded, { position: { topic: 't', partition: 0, offset: BigInt(at) } }),
  );
  let deadLetters: KeptLetters;
  let counted: Counter;
  let processor: BatchProcessor;
  const decode = ({ position: { offset } }: RawRecord): bigint => {
    if (offset === 1n) throw new UnreadableRecord('tombstone', 'no value');
    return offset;
  };
  const outcomeOf = (offset: bigint): Outcome =>
    offset === 2n ? { kind: 'rejected', error: new RecordRejected('no') } : { kind: 'stored' };

  beforeEach(() => {
    deadLetters = new KeptLetters();
    counted = new Counter({ name: 'records', help: 'x', labelNames: ['topic', 'outcome'], registers: [] });
    const metrics = {
      records: counted,
      deadLetters: new Counter({ name: 'letters', help: 'x', labelNames: ['topic', 'code'], registers: [] }),
      offsetJumps: new Counter({ name: 'jumps', help: 'x', registers: [] }),
      durations: new Histogram({ name: 'durations', help: 'x', labelNames: ['topic'], registers: [] }),
    };
    const telemetry = new ConsumerTelemetry(metrics, pino({ level: 'silent' }));
    processor = new BatchProcessor(deadLetters, new FixedClock(FAILED_AT), telemetry, new Tracing(trace));
  });

  it('stores what can be read together, and tells what became of each', async () => {
    const stored: bigint[][] = [];
    const processed = await processor.process(records, 1, {
      decode,
      store: (batch) => {
        stored.push([...batch]);
        return Promise.resolve(batch.map(outcomeOf));
      },
    });
    expect(stored).toEqual([[0n, 2n, 3n]]);
    expect(processed.map(({ record, delivered, outcome }) => [record, delivered, outcome.kind])).toEqual([
      [records[0], 0n, 'stored'],
      [records[2], 2n, 'rejected'],
      [records[3], 3n, 'stored'],
    ]);
    const { values } = await counted.get();
    expect(values.map(({ labels, value }) => [labels.outcome, value])).toEqual([
      ['stored', 2],
      ['rejected', 1],
    ]);
  });

  it('has what cannot be read, and what the database refuses, on the dead-letter topic with why', async () => {
    await processor.process(records, 3, {
      decode,
      store: (batch) => Promise.resolve(batch.map(outcomeOf)),
    });
    expect(deadLetters.letters.map(({ record, error }) => [record, error.code])).toEqual([
      [records[1], 'tombstone'],
      [records[2], 'record_rejected'],
    ]);
    expect(deadLetters.letters).toMatchObject([
      { attempts: 3, failedAt: FAILED_AT },
      { attempts: 3, failedAt: FAILED_AT },
    ]);
  });

  it('sends no dead letter of a batch that is not stored: all of it comes again', async () => {
    const store = (): Promise<Outcome[]> => Promise.reject(new StoreUnavailable());
    await expect(processor.process(records, 1, { decode, store })).rejects.toThrow(StoreUnavailable);
    expect(deadLetters.letters).toEqual([]);
    expect((await counted.get()).values).toEqual([]);
  });

  it('counts nothing while the dead letters are not on their topic', async () => {
    deadLetters.send = () => Promise.reject(new StoreUnavailable());
    const store = (batch: readonly bigint[]): Promise<Outcome[]> => Promise.resolve(batch.map(outcomeOf));
    await expect(processor.process(records, 1, { decode, store })).rejects.toThrow(StoreUnavailable);
    expect((await counted.get()).values).toEqual([]);
  });

  it('stops at a fault of ours in the decoder, and stores nothing', async () => {
    const broken = (): bigint => {
      throw new TypeError('a bug');
    };
    const store = jest.fn<Promise<Outcome[]>, []>();
    await expect(processor.process(records, 1, { decode: broken, store })).rejects.toThrow('a bug');
    expect(store).not.toHaveBeenCalled();
  });
});
