import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownStackDirectory } from './stack-directory';
import { StackError } from './stack-error';

describe(ownStackDirectory.name, () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'stack-directory-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('makes the folder for this user alone', () => {
    const made = join(folder, 'a', 'b');
    ownStackDirectory(made);
    expect(statSync(made).mode & 0o777).toBe(0o700);
  });

  it('keeps others out of the folder of an earlier version, which they could read', () => {
    chmodSync(folder, 0o755);
    for (const entry of ['data', 'logs', 'run', 'replay']) mkdirSync(join(folder, entry));
    writeFileSync(join(folder, 'api-keys.json'), '');
    ownStackDirectory(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it.each([
    ['is sticky, as /tmp is', 0o1777, ['data', 'run']],
    ['has something else in it', 0o755, ['run', 'photos']],
    ['is empty, as /srv is', 0o755, []],
  ])('refuses a folder that others use and leaves it as it is: one that %s', (_name, mode, entries) => {
    for (const entry of entries) mkdirSync(join(folder, entry));
    chmodSync(folder, mode);
    let fault: unknown;
    try {
      ownStackDirectory(folder);
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(StackError);
    expect((fault as StackError).nextStep).toContain(`chmod 700 ${folder}`);
    expect(statSync(folder).mode & 0o7777).toBe(mode);
  });

  it('refuses the folder of another user and leaves it as it is', () => {
    const isRoot = process.getuid?.() === 0;
    const theirs = isRoot ? folder : '/'; // only root can give one away
    if (isRoot) chownSync(folder, 65_534, 65_534);
    const { mode } = statSync(theirs);
    expect(() => {
      ownStackDirectory(theirs);
    }).toThrow(StackError);
    expect(statSync(theirs).mode).toBe(mode);
  });
});
