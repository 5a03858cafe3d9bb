import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReplayError } from './replay-error';
import { ReplayJournal } from './replay-journal';
import type { ReplayPlan } from './triage';

describe(ReplayJournal.name, () => {
  let dir: string;
  const plan: ReplayPlan = {
    topic: 't',
    sourceTopic: 't.dlq',
    eventIds: ['k'],
    codes: ['c'],
    ranges: [{ partition: 3, from: 5n, to: 9007199254740993n }],
  };

  beforeEach(() => {
    dir = join(mkdtempSync(join(tmpdir(), 'journal-')), 'replay');
  });
  afterEach(() => {
    rmSync(join(dir, '..'), { recursive: true });
  });

  it('is read back as it was saved', () => {
    const journal = ReplayJournal.create(dir, plan, 'cluster');
    journal.advance(3, 9007199254740992n, 2);
    journal.save();
    const found = ReplayJournal.open(dir, journal.id);
    expect(found.plan).toEqual(plan);
    expect([found.clusterId, found.published, found.positionOf(3)]).toEqual([
      'cluster',
      2,
      9007199254740992n,
    ]);
    expect(readdirSync(dir)).toEqual([`${journal.id}.json`]);
  });

  it('is for its user alone, and written through no link that another user planted', () => {
    const journal = ReplayJournal.create(dir, plan, 'cluster');
    const [file, victim] = [join(dir, `${journal.id}.json`), join(dir, 'victim')];
    writeFileSync(victim, 'precious');
    for (const name of [file, `${file}.new`]) {
      rmSync(name, { force: true });
      symlinkSync(victim, name);
    }
    journal.save();
    expect(readFileSync(victim, 'utf8')).toBe('precious');
    expect([dir, file].map((path) => lstatSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
  });

  it('begins where the ranges begin and never goes back', () => {
    const journal = ReplayJournal.create(dir, plan, 'cluster');
    expect(journal.positionOf(3)).toBe(5n);
    journal.advance(3, 8n, 1);
    journal.advance(3, 6n, 0);
    expect(journal.positionOf(3)).toBe(8n);
  });

  it('is gone after the end', () => {
    const journal = ReplayJournal.create(dir, plan, 'cluster');
    expect(ReplayJournal.list(dir)).toEqual([journal.id]);
    journal.remove();
    expect(ReplayJournal.list(dir)).toEqual([]);
  });

  it('names those there are when one is not known, and looks nowhere else', () => {
    const { id } = ReplayJournal.create(dir, plan, 'cluster');
    const open = (name: string) => () => ReplayJournal.open(dir, name);
    expect(open('../replay/x')).toThrow(ReplayError);
    expect(open('x')).toThrow(expect.objectContaining({ nextStep: `Those to resume: ${id}.` }) as Error);
  });

  it('says so when its file was not written by a replay', () => {
    const { id } = ReplayJournal.create(dir, plan, 'cluster');
    writeFileSync(join(dir, `${id}.json`), '{"plan":{}}');
    expect(() => ReplayJournal.open(dir, id)).toThrow('is not the journal of a replay');
  });
});
