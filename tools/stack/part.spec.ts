import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Part, type PartRecord } from './part';
import { processIdentity } from './process-identity';

describe(Part.name, () => {
  let stackDir: string;
  const self = processIdentity(process.pid);
  const valid: PartRecord = {
    pid: process.pid,
    startTime: self?.startTime ?? '',
    marker: self?.command.split(' ')[0] ?? '',
    port: 1,
    settings: { salt: '', hashes: {} },
  };

  beforeEach(() => {
    stackDir = mkdtempSync(join(tmpdir(), 'part-'));
    mkdirSync(join(stackDir, 'run'));
  });

  afterEach(() => {
    rmSync(stackDir, { recursive: true });
  });

  it('runs when its PID file names the process that was started', () => {
    expect(partWith(valid).pid()).toBe(process.pid);
  });

  it.each<[string, Partial<PartRecord>]>([
    ['the process is gone', { pid: 2 ** 22 + 1 }],
    ['another process got the number later', { startTime: '1' }],
    ['the number belongs to another program', { marker: 'kafka.Kafka' }],
  ])('does not run, and is sent no signal, when %s', (_, difference) => {
    const part = partWith({ ...valid, ...difference });
    expect(part.pid()).toBeUndefined();
    expect(part.kill('SIGKILL')).toBe(false);
  });

  it('does not run when its files are missing or torn', () => {
    expect(new Part('kafka', stackDir).pid()).toBeUndefined();
    const part = partWith(valid);
    writeFileSync(join(stackDir, 'run', 'kafka.json'), '{"pid":');
    expect(part.pid()).toBeUndefined();
  });

  function partWith(record: PartRecord): Part {
    const part = new Part('kafka', stackDir);
    writeFileSync(part.pidFile, `${record.pid}\n`);
    writeFileSync(join(stackDir, 'run', 'kafka.json'), JSON.stringify(record));
    return part;
  }
});
