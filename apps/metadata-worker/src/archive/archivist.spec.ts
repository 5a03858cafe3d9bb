import { encodedRecord, rawRecord } from '@libs/contracts/testing';
import { Archive, ArchiveUnavailable, type ArchiveObject } from '@libs/domain';
import { acceptedMetadata } from '@libs/domain/testing';
import { Counter, Gauge } from 'prom-client';
import pino from 'pino';
import { ArchiveTelemetry } from './archive-telemetry';
import { Archivist, SessionEnded, type ArchiveSession } from './archivist';
import { Segment } from './segment';

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
  const limits = { maxRecords: 10, maxBytes: 2 ** 20, maxAgeMs: 60_000 };
  const segment = (): Segment => new Segment(rawRecord(encodedRecord(acceptedMetadata())), limits, 0);
  const kinds = ['raw', 'enriched'] as const;
  const over = (archive: Archive): Archivist =>
    new Archivist(archive, { kinds, pipelineTags: [] }, telemetry);
  const session = (changes: Partial<ArchiveSession>): ArchiveSession => ({
    holds: true,
    signal: new AbortController().signal,
    commit: () => Promise.resolve(),
    sleep: () => Promise.resolve(true),
    ...changes,
  });

  it('stores each object as often as it takes, in order, and says meanwhile what is wrong', async () => {
    const archive = new MovingArchive(3);
    const archivist = over(archive);
    const problems: (string | undefined)[] = [];
    const sleep = (): Promise<boolean> => {
      problems.push(archivist.unhealthyReason);
      return Promise.resolve(true);
    };
    await archivist.archive(segment(), session({ sleep }));
    expect(archive.names).toEqual(['raw', 'enriched']);
    expect(problems.length).toBe(3);
    expect(problems[0]).toMatch(/^the archive does not take raw\/.*: Error$/);
    expect(archivist.unhealthyReason).toBeUndefined();
  });

  it('stores nothing while the tenure does not hold, and gives up when it ended', async () => {
    const archive = new MovingArchive(0);
    const ended = session({ holds: false, sleep: () => Promise.resolve(false) });
    await expect(over(archive).archive(segment(), ended)).rejects.toThrow(SessionEnded);
    expect(archive.names).toEqual([]);
  });

  it('commits the end of a segment once all its objects are stored, as often as it takes', async () => {
    const archive = new MovingArchive(0);
    const commits: string[] = [];
    const commit: ArchiveSession['commit'] = ({ topic, partition, offset }) => {
      commits.push(`${archive.names.length}: ${topic}/${partition}:${offset}`);
      return commits.length < 3 ? Promise.reject(new Error('no coordinator')) : Promise.resolve();
    };
    const one = segment();
    const { topic, partition, offset } = one.first.position;
    await over(archive).archive(one, session({ commit }));
    expect(commits).toEqual(Array(3).fill(`2: ${topic}/${partition}:${offset + 1n}`));
  });
});
