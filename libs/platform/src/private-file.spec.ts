import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openNewPrivateFile, replacePrivateFile } from './private-file';

describe('a private file', () => {
  let folder: string;
  let path: string;
  let other: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'private-file-'));
    path = join(folder, 'secret');
    other = join(folder, 'other');
    writeFileSync(other, 'precious', { mode: 0o644 });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('is readable to its user alone, also where one was there that others could read', () => {
    for (const text of ['first', 'second']) {
      replacePrivateFile(path, text);
      expect(readFileSync(path, 'utf8')).toBe(text);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      chmodSync(path, 0o644);
    }
    expect(readdirSync(folder).sort()).toEqual(['other', 'secret']);
  });

  it('takes the place of a link and leaves alone what that leads to', () => {
    symlinkSync(other, path);
    replacePrivateFile(path, 'text');
    expect(lstatSync(path).isFile()).toBe(true);
    expect(readFileSync(other, 'utf8')).toBe('precious');
    expect(statSync(other).mode & 0o777).toBe(0o644);
  });

  it('leaves nothing behind when it cannot be put there', () => {
    mkdirSync(path);
    expect(() => {
      replacePrivateFile(path, 'text');
    }).toThrow('EISDIR');
    expect(readdirSync(folder).sort()).toEqual(['other', 'secret']);
  });

  it.each([
    ['a file', () => other],
    ['a link to a file', () => linkTo(other)],
    ['a link to nowhere', () => linkTo(join(folder, 'nowhere'))],
  ])('is not made anew where there is %s', (_name, planted) => {
    expect(() => openNewPrivateFile(planted())).toThrow('EEXIST');
    expect(readFileSync(other, 'utf8')).toBe('precious');
  });

  function linkTo(target: string): string {
    symlinkSync(target, path);
    return path;
  }
});
