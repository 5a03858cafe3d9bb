import { chmodSync, chownSync, mkdtempSync, rmSync, statSync } from 'node:fs';
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

  it('keeps others out of a folder that they could read before', () => {
    chmodSync(folder, 0o775);
    ownStackDirectory(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
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
