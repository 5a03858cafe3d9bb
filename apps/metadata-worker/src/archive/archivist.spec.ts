import { encodedRecord, rawRecord } from '@libs/contracts/testing';
import { Archive, ArchiveUnavailable, type ArchiveObject, type RawRecord } from '@libs/domain';
import { acceptedMetadata } from '@libs/domain/testing';
import { Counter, Gauge } from 'prom-client';
import pino from 'pino';
import { ArchiveTelemetry } from './archive-telemetry';
import { Archivist, TenureEnded, type RenewableTenure } from './archivist';

/** Refuses so many objects before it takes them. */
class MovingArchive extends Archive {
  readonly names: string[] = [];
  constructor(private refusals: number) {
    super();
  }
  store({ name }: ArchiveObject): Promise<void> {
    if (this.refusals-- > 0)
      return Promise.reject(new ArchiveUnavailable(name, { cause: new Error('full') }));
    this.names.push(name.split('/')[0]!);
    return Promise.resolve();
  }
}

describe(Archivist.name, () => {
  const counter = (name: string): Counter => new Counter({ name, help: name, registers: [] });
  const telemetry = new ArchiveTelemetry(
    {
      records: counter('records'),
      objects: counter('objects'),
      bytes: counter('bytes'),
      held: new Gauge({ name: 'held', help: 'held', registers: [] }),
    },
    pino({ level: 'silent' }),
  );
  const records = (): RawRecord[] => [rawRecord(encodedRecord(acceptedMetadata()))];
  const kinds = ['raw', 'enriched'] as const;
  const over = (archive: Archive): Archivist =>
    new Archivist(archive, { kinds, pipelineTags: [] }, telemetry);
  const tenure = (changes: Partial<RenewableTenure>): RenewableTenure => ({
    holds: true,
    signal: new AbortController().signal,
    retryAfter: () => Promise.resolve(true),
    ...changes,
  });

  it('stores each object as often as it takes, in order, and says meanwhile what is wrong', async () => {
    const archive = new MovingArchive(3);
    const archivist = over(archive);
    const problems: (string | undefined)[] = [];
    const retryAfter = (): Promise<boolean> => {
      problems.push(archivist.problem);
      return Promise.resolve(true);
    };
    await archivist.archiveSegment(records(), tenure({ retryAfter }));
    expect(archive.names).toEqual(['raw', 'enriched']);
    expect(problems.length).toBe(3);
    expect(problems[0]).toMatch(/^the archive does not take raw\/.*: Error$/);
    expect(archivist.problem).toBeUndefined();
  });

  it('stores nothing while the tenure does not hold, and gives up when it ended', async () => {
    const archive = new MovingArchive(0);
    const ended = tenure({ holds: false, retryAfter: () => Promise.resolve(false) });
    await expect(over(archive).archiveSegment(records(), ended)).rejects.toThrow(TenureEnded);
    expect(archive.names).toEqual([]);
  });
});
