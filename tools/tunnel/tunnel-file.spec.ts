import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive, knownProcess, TunnelFile, type TunnelRecord } from './tunnel-file';

describe(TunnelFile.name, () => {
  let stackDir: string;
  const self = knownProcess(process.pid)!;
  const record: TunnelRecord = {
    supervisor: self,
    ssh: null,
    bastion: 'ec2-user@bastion',
    kafka: { isUp: true, brokers: { 'kafka-0:9092': '127.0.0.1:9092' } },
  };

  beforeEach(() => {
    stackDir = mkdtempSync(join(tmpdir(), 'tunnel-file-'));
  });
  afterEach(() => {
    rmSync(stackDir, { recursive: true });
  });

  it('tells of the tunnel that runs', () => {
    const file = new TunnelFile(stackDir);
    expect(file.running()).toBeUndefined();
    file.write(record);
    expect(file.running()).toEqual(record);
    expect(statSync(join(stackDir, 'run', 'tunnel.json')).mode & 0o777).toBe(0o600);
  });

  it('is written through no link that another user planted', () => {
    const victim = join(stackDir, 'victim');
    writeFileSync(victim, 'precious');
    mkdirSync(join(stackDir, 'run'));
    for (const name of ['tunnel.json', `tunnel.json.${process.pid}`]) {
      symlinkSync(victim, join(stackDir, 'run', name));
    }
    const file = new TunnelFile(stackDir);
    file.write(record);
    expect(file.running()).toEqual(record);
    expect(readFileSync(victim, 'utf8')).toBe('precious');
  });

  it('remembers one that ended, and does not take it for running', () => {
    const file = new TunnelFile(stackDir);
    file.write({ ...record, supervisor: { ...self, startTime: '1' } });
    expect(file.running()).toBeUndefined();
    expect(file.latest()?.bastion).toBe('ec2-user@bastion');
  });

  it('knows no process that does not exist', () => {
    expect(knownProcess(2 ** 22 + 1)).toBeUndefined();
    expect(isAlive({ pid: 2 ** 22 + 1, startTime: '1' })).toBe(false);
  });
});
